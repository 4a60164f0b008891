"""The lock of one worktree, and what is recorded of the worktree once the lock is ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...store import Record
    from .project import Site

__all__ = ["holding"]


@contextmanager
def holding(site: Site, record: Record) -> Iterator[Record]:
    """Hold the lock of a record's worktree, and yield the record as it is then.

    What was read before the wait may be out of date: whoever had the lock may have removed the worktree, or
    given it another branch, path, slot or state.

    Args:
        site: The project.
        record: The worktree, as it was before the lock was asked for.

    Raises:
        WorktreeGone: Another command removed it meanwhile.
    """
    while True:
        with site.alone(record.branch):
            now = site.store.record(record.key)
            if now.branch == record.branch:
                yield now
                return
        # A restored worktree may have got another branch, whose lock is another one.
        record = now
