"""Make a branch again where it was, under another name if its own is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import Failure
from ..branches import checked_out_at, tip_of
from ..program import alone, git
from ..worktree_entries import worktrees

if TYPE_CHECKING:
    from pathlib import Path

    from ..repository import Repository

__all__ = ["restore_branch"]

_NAMES = 100


def restore_branch(repo: Repository, branch: str, commit: str, *, path: Path) -> str:
    """Get a branch at a commit that a worktree can check out.

    Args:
        repo: The repository.
        branch: Its name; if that is now at another commit, another name is used.
        commit: Its commit.
        path: The worktree.

    Returns:
        The branch's name.

    Raises:
        Failure: No name is free.
    """
    with alone(repo.common_dir):
        trees = worktrees(repo)
        for name in (branch, f"{branch}-restored", *(f"{branch}-restored-{n}" for n in range(2, _NAMES))):
            tip, where = tip_of(repo, name), checked_out_at(trees, name)
            if tip == commit and (where is None or where.resolve() == path.resolve()):
                return name
            made = tip is None and git(repo.main, "branch", "--no-track", "--", name, commit, check=False)
            if made and made.code == 0:
                return name
    raise Failure(
        f"branch {branch} cannot be made at {commit[:7]}",
        f"git branch {branch} {commit}",
        kind="cannot-restore",
    )
