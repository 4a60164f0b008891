"""What git knows about a worktree whose record is lost: its branch's start, its age and its place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..errors import Failure
from .git_directories import administration_of
from .program import git

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .repository import Repository

__all__ = ["find_moved_by_hand", "made_at", "renamed", "start_of"]


def start_of(repo: Repository, branch: str, *, base: str) -> str | None:
    """Return the commit that a branch began at: its reflog's oldest, or else its fork point from the base."""
    log = git(repo.main, "log", "--walk-reflogs", "--format=%H", f"refs/heads/{branch}", "--", check=False)
    if log.code == 0 and log.out.strip():
        return log.out.split()[-1]
    fork = git(repo.main, "merge-base", "--", base, f"refs/heads/{branch}", check=False)
    return fork.out.strip() or None


def made_at(repo: Repository, worktree: Path) -> float | None:
    """Return when git created a worktree, in seconds since the epoch; None if git does not know it."""
    try:
        return (administration_of(repo, worktree) / "commondir").stat().st_mtime
    except (Failure, OSError):
        return None


def renamed(repo: Repository, old: str, new: str) -> bool:
    """Return whether a branch was renamed from another one, according to its reflog."""
    log = git(repo.main, "log", "--walk-reflogs", "--format=%gs", f"refs/heads/{new}", "--", check=False)
    return f"renamed refs/heads/{old} to " in log.out


def find_moved_by_hand(admin: Path, folders: Iterable[Path], places: Iterable[Path]) -> Path | None:
    """Return the new place of a worktree that was moved without git; None if it is not found.

    Args:
        admin: Git's directory of the worktree.
        folders: Directories that may contain it.
        places: Directories that may be it.
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
    """Return whether a `.git` names a worktree's entry, possibly in main's place before main was moved."""
    return named == admin or (named.parts[-2:] == admin.parts[-2:] and not named.exists())
