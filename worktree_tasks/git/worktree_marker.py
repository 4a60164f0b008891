"""Marks that identify our linked worktrees: a file in each one's git directory, which moves with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass
from .git_directories import administration_of, content, registered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .repository import Repository

__all__ = ["WorktreeMark", "administration_marked", "find_marked", "is_marked", "mark", "marks"]

_NAME = "worktree-tasks"


@dataclass(slots=True, frozen=True)
class WorktreeMark:
    """The mark of one worktree.

    Attributes:
        admin: git's directory of the worktree.
        place: Where the worktree is now, according to git.
        key: The key of its record.
        keeper: The state directory with the record; None if it was not recorded.
    """

    admin: Path
    place: Path
    key: str
    keeper: Path | None


def mark(repo: Repository, worktree: Path, key: str, keeper: Path) -> None:
    """Mark a worktree with the key and place of its record, so that it is recognized after a move.

    Raises:
        Failure: git does not know the worktree.
    """
    note = administration_of(repo, worktree) / _NAME
    text = key.encode() + b"\n" + os.fsencode(keeper)
    if content(note) != text:
        note.write_bytes(text)


def is_marked(repo: Repository, worktree: Path) -> bool:
    """Return whether a worktree is marked; one that is being created is marked last.

    Raises:
        Failure: git does not know the worktree.
    """
    return content(administration_of(repo, worktree) / _NAME) is not None


def find_marked(repo: Repository, key: str) -> Path | None:
    """Return where the worktree with a key is now; None if git has none."""
    return next((one.place for one in marks(repo) if one.key == key), None)


def administration_marked(repo: Repository, key: str) -> Path | None:
    """Return git's directory of the worktree with a key; None if there is none."""
    return next((one.admin for one in marks(repo) if one.key == key), None)


def marks(repo: Repository) -> Iterator[WorktreeMark]:
    """Yield the marks of all marked worktrees."""
    for admin, link in registered(repo):
        if (note := content(admin / _NAME)) is not None:
            key, _, keeper = note.partition(b"\n")
            yield WorktreeMark(
                admin,
                link.parent,
                key.decode(errors="replace"),
                Path(os.fsdecode(keeper)) if keeper else None,
            )
