"""Delete files that containers wrote as another user, which only a container can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .... import command

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ...steps.worktree_handle import Tree

__all__ = ["empty", "images_at_hand", "removal_argv"]


def images_at_hand(tree: Tree) -> tuple[str, ...]:
    """Return the images of main's containers, which stay, and of the worktree's."""
    known = tree.project.known()
    mains = tree.project.engine.containers(project=known.name) if known else ()
    return tuple(dict.fromkeys(one.image for one in (*mains, *tree.containers())))


def empty(images: Iterable[str], place: Path) -> None:
    """Delete everything in a directory as root, with the first image that can."""
    for image in images:
        # It always exits with an error, since the mounted directory itself cannot be removed.
        command.run(removal_argv(image, place), check=False)
        if not any(place.iterdir()):
            return


def removal_argv(image: str, directory: Path) -> list[str]:
    """Return the command line that empties a directory as root, in a container that has nothing else."""
    place = str(directory)
    return [
        "docker", "run", "--rm", "--pull=never", "--network=none", "--user=0:0", "--entrypoint=rm",
        f"--mount=type=bind,source={place},target=/removed", image, "-rf", "--", "/removed",
    ]  # fmt: skip
