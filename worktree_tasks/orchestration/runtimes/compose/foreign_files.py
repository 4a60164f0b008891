"""Delete files that containers wrote as another user, which only a container can do."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING

from .... import command
from ....errors import WorktreeTasksError
from .images import image_of_main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from ...steps.project import Project
    from ...steps.worktree_handle import Tree

__all__ = ["empty", "emptying", "images_at_hand", "images_by_name", "removal_argv"]


def emptying(tree: Tree) -> Callable[[Path], None]:
    """Return a function that empties a directory, also after the worktree's containers are gone."""
    images = images_at_hand(tree)
    return lambda place: empty(chain(images, images_by_name(tree.project)), place)


def images_at_hand(tree: Tree) -> tuple[str, ...]:
    """Return the images of main's containers, which stay, and of the worktree's."""
    known = tree.project.known()
    mains = tree.project.engine.containers(project=known.name) if known else ()
    return tuple(dict.fromkeys(one.image for one in (*mains, *tree.containers())))


def images_by_name(project: Project) -> Iterator[str]:
    """Yield the images that exist of those that main's compose files name: there may be no container left."""
    with suppress(WorktreeTasksError):
        for service in project.model.services:
            image = image_of_main(project, service)
            if project.engine.image(image) is not None:
                yield image


def empty(images: Iterable[str], place: Path) -> None:
    """Delete everything in a directory as root, with the first image that can."""
    for image in images:
        # It always exits with an error, since the mounted directory itself cannot be removed.
        command.run(removal_argv(image, place), check=False)
        if not any(place.iterdir()):
            return


def removal_argv(image: str, directory: Path) -> list[str]:
    """Return the command line that empties a directory as root, in a container that has nothing else."""
    # A mount is written as CSV.
    source = '"source={}"'.format(str(directory).replace('"', '""'))
    return [
        "docker", "run", "--rm", "--pull=never", "--network=none", "--user=0:0", "--entrypoint=rm",
        f"--mount=type=bind,{source},target=/removed", image, "-rf", "--", "/removed",
    ]  # fmt: skip
