"""Deleting what containers wrote as another user: only a container can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .... import command

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ...steps.tree import Tree

__all__ = ["empty", "images_at_hand", "removal_argv"]


def images_at_hand(tree: Tree) -> tuple[str, ...]:
    """Return the images of a worktree's containers and of main's, which stay when the worktree's go."""
    known = tree.project.known()
    mains = tree.project.engine.containers(project=known.name) if known else ()
    return tuple(dict.fromkeys(one.image for one in (*mains, *tree.containers())))


def empty(images: Iterable[str], place: Path) -> None:
    """Delete what is in a directory as root, through the first image that can."""
    for image in images:
        # It ends with an error in any case, since a mounted directory itself stays.
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
