"""Which linked worktree is whose: a note in git's own directory of it, which moves and goes with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .worktree_metadata import administration_of, content, registered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .repository import Repository

__all__ = ["WorktreeMark", "administration_marked", "find_marked", "mark", "marks"]

_NAME = "worktree-tasks"


class WorktreeMark(NamedTuple):
    """The note on one worktree.

    Attributes:
        admin: git's directory of the worktree.
        place: Where the worktree is by now, as git knows it.
        key: The key of its record.
        keeper: The state directory that has the record; None where it was not noted.
    """

    admin: Path
    place: Path
    key: str
    keeper: Path | None


def mark(repo: Repository, worktree: Path, key: str, keeper: Path) -> None:
    """Note the key of a worktree's record and who keeps that, so that it is known again wherever it is moved.

    Raises:
        Failure: git does not know the worktree.
    """
    note = administration_of(repo, worktree) / _NAME
    text = key.encode() + b"\n" + os.fsencode(keeper)
    if content(note) != text:
        note.write_bytes(text)


def find_marked(repo: Repository, key: str) -> Path | None:
    """Return where the worktree with a key is by now; None when git has none."""
    return next((one.place for one in marks(repo) if one.key == key), None)


def administration_marked(repo: Repository, key: str) -> Path | None:
    """Return git's directory of the worktree with a key; None when it has none."""
    return next((one.admin for one in marks(repo) if one.key == key), None)


def marks(repo: Repository) -> Iterator[WorktreeMark]:
    """Yield the notes on all worktrees that have one."""
    for admin, link in registered(repo):
        if (note := content(admin / _NAME)) is not None:
            key, _, keeper = note.partition(b"\n")
            yield WorktreeMark(
                admin,
                link.parent,
                key.decode(errors="replace"),
                Path(os.fsdecode(keeper)) if keeper else None,
            )
