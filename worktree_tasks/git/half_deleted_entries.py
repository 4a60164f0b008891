"""git's entries of worktrees that it had begun to delete when it was killed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from .git_directories import content, lock_reason
from .program import alone

if TYPE_CHECKING:
    from .repository import Repository

__all__ = ["drop_half_deleted"]


def drop_half_deleted(repo: Repository) -> None:
    """Delete the rest of entries that do not name a worktree any more, as `git worktree prune` would.

    Nothing else finds them. git locks an entry while it creates it, before it writes the worktree's path:
    https://git-scm.com/docs/git-worktree
    """
    with alone(repo.common_dir):
        for admin in (repo.common_dir / "worktrees").glob("*"):
            if content(admin / "gitdir") is None and lock_reason(admin) is None:
                shutil.rmtree(admin, ignore_errors=True)
