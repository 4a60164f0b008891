"""Make sure that a worktree's `.git` points to its repository before git runs in it.

Programs in a worktree's containers can replace it, and git would run programs that the configuration of
another repository names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import git
from ...errors import Failure, Refused

if TYPE_CHECKING:
    from .worktree_handle import Tree

__all__ = ["is_linked", "refuse_unlinked", "refuse_unusable_directory"]


def is_linked(tree: Tree) -> bool:
    """Return whether a worktree's `.git` points to its repository, or its directory does not exist."""
    return not tree.record.path.is_dir() or git.is_linked(tree.project.repository, tree.record.path)


def refuse_unusable_directory(tree: Tree) -> None:
    """Refuse to work in a directory that is gone, or whose `.git` points elsewhere.

    Raises:
        Failure: The directory is gone.
        Refused: The directory's `.git` points elsewhere.
    """
    if not tree.record.path.is_dir():
        raise Failure(
            f"{tree.record.home} is gone",
            f"bring it back, or run wt.remove {tree.record.name} to clean up its leftovers",
            kind="worktree-deleted",
        )
    refuse_unlinked(tree)


def refuse_unlinked(tree: Tree, *, because: str = "") -> None:
    """Refuse to work in a directory whose `.git` points elsewhere.

    Args:
        tree: The worktree.
        because: The beginning of the message, which says what is refused.

    Raises:
        Refused: The directory's `.git` points elsewhere.
    """
    if not is_linked(tree):
        link = tree.record.home / ".git"
        raise Refused(
            f"{because}{link} does not point to {tree.project.repository.common_dir}",
            f"if {link} is another repository, move it away; then run wt.doctor --fix",
            kind="link-replaced",
        )
