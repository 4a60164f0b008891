"""A worktree's `.git` leads to its repository, or git is asked nothing there.

What runs in a worktree's containers can replace it, and git would run what that one's configuration names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import git
from ...errors import Refused

if TYPE_CHECKING:
    from .tree import Tree

__all__ = ["is_linked", "refuse_unlinked"]


def is_linked(tree: Tree) -> bool:
    """Tell whether git answers for a worktree in its directory, or there is none that it could answer in."""
    return not tree.record.path.is_dir() or git.is_linked(tree.project.repository, tree.record.path)


def refuse_unlinked(tree: Tree, *, because: str = "") -> None:
    """Refuse to work in a directory whose `.git` leads elsewhere.

    Args:
        tree: The worktree.
        because: What does not happen, as the message begins.

    Raises:
        Refused: The directory's `.git` leads elsewhere.
    """
    if not is_linked(tree):
        link = tree.record.home / ".git"
        raise Refused(
            f"{because}{link} does not lead to {tree.project.repository.common_dir}",
            f"if {link} is a repository of its own, move that away; then wt.doctor --fix",
            kind="link-replaced",
        )
