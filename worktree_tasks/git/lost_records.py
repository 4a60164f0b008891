"""What git knows of a worktree whose record is lost: where its branch began, when and where it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..errors import Failure
from .program import git
from .worktree_metadata import administration_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .repository import Repository

__all__ = ["find_moved_by_hand", "made_at", "renamed", "start_of"]


def start_of(repo: Repository, branch: str, *, base: str) -> str | None:
    """Return the commit that a branch began at: its reflog's oldest, else where it left the base."""
    log = git(repo.main, "log", "--walk-reflogs", "--format=%H", f"refs/heads/{branch}", "--", check=False)
    if log.code == 0 and log.out.strip():
        return log.out.split()[-1]
    fork = git(repo.main, "merge-base", "--", base, f"refs/heads/{branch}", check=False)
    return fork.out.strip() or None


def made_at(repo: Repository, worktree: Path) -> float | None:
    """Return when git made a worktree, in seconds since the epoch; None when it does not know it."""
    try:
        return (administration_of(repo, worktree) / "commondir").stat().st_mtime
    except (Failure, OSError):
        return None


def renamed(repo: Repository, old: str, new: str) -> bool:
    """Return whether a branch is another one under a new name, as its reflog tells."""
    log = git(repo.main, "log", "--walk-reflogs", "--format=%gs", f"refs/heads/{new}", "--", check=False)
    return f"renamed refs/heads/{old} to " in log.out


def find_moved_by_hand(admin: Path, folders: Iterable[Path], places: Iterable[Path] = ()) -> Path | None:
    """Return where a worktree is that was moved without git's knowledge; None when it is not found.

    Args:
        admin: Git's directory of the worktree.
        folders: Directories that it may be in.
        places: Directories that it may be.
    """
    below = (link for folder in folders if folder.is_dir() for link in sorted(folder.glob("*/.git")))
    for link in (*(place / ".git" for place in places), *below):
        if link.is_file() and not link.is_symlink():
            text = os.fsdecode(link.read_bytes())
            named = text.removeprefix("gitdir: ").rstrip("\n")
            if _is_entry((link.parent / named).resolve(), admin.resolve()):
                return link.parent
    return None


def _is_entry(named: Path, admin: Path) -> bool:
    """Tell whether a `.git` names a worktree's entry, if need be where it was before main was moved too."""
    return named == admin or (named.parts[-2:] == admin.parts[-2:] and not named.exists())
