"""Which linked worktree is whose: a note in git's own directory of it, which moves and goes with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .administration import administration_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .checkout import Repository

__all__ = ["administration_marked", "find_marked", "mark", "marks"]

_NAME = "worktree-tasks"


def mark(repo: Repository, worktree: Path, key: str) -> None:
    """Note the key of a worktree's record, so that it is known again wherever it is moved.

    Raises:
        Failure: git does not know the worktree.
    """
    note = administration_of(repo, worktree) / _NAME
    if not note.is_file() or note.read_text(encoding="utf-8") != key:
        note.write_text(key, encoding="utf-8")


def find_marked(repo: Repository, key: str) -> Path | None:
    """Return where the worktree with a key is by now; None when git has none."""
    return next((place for place, found in marks(repo) if found == key), None)


def marks(repo: Repository) -> Iterator[tuple[Path, str]]:
    """Yield the worktrees that are marked, where they are by now, each with its key."""
    for admin, key in _notes(repo):
        text = os.fsdecode((admin / "gitdir").read_bytes().rstrip(b"\n"))
        yield Path(os.path.normpath(admin / text)).parent, key


def administration_marked(repo: Repository, key: str) -> Path | None:
    """Return git's directory of the worktree with a key; None when it has none."""
    return next((admin for admin, found in _notes(repo) if found == key), None)


def _notes(repo: Repository) -> Iterator[tuple[Path, str]]:
    """Yield git's directories of worktrees that are marked, each with its key."""
    for note in sorted((repo.common_dir / "worktrees").glob(f"*/{_NAME}")):
        if note.is_file() and note.with_name("gitdir").is_file():
            yield note.parent, note.read_text(encoding="utf-8", errors="replace")
