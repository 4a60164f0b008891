"""Check that we may write to git's files about a worktree, before anything is removed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from .repository import Repository

__all__ = ["unwritable"]


def unwritable(repo: Repository, admin: Path) -> Path | None:
    """Return the first place in the git directory that a removal has to change but we may not write to.

    Args:
        repo: The repository.
        admin: Git's directory of the worktree.
    """
    shared = (repo.common_dir / name for name in ("objects", "refs", "refs/heads", "worktrees"))
    places = (repo.common_dir, *shared, admin)
    return next((one for one in places if one.is_dir() and not os.access(one, os.W_OK | os.X_OK)), None)
