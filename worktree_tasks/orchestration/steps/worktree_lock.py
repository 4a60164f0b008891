"""Hold the lock of a worktree, with its record read again once the lock is held."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .worktree_handle import Tree


__all__ = ["holding"]


@contextmanager
def holding(tree: Tree) -> Iterator[None]:
    """Hold a worktree's lock, and refresh its record.

    What was read before the wait may be out of date: the command that held the lock may have removed the
    worktree, or changed its branch, path, slot or state.

    Raises:
        WorktreeGone: Another command removed it in the meantime.
    """
    while True:
        branch = tree.record.branch
        with tree.alone():
            tree.refresh()
            if tree.record.branch == branch:
                yield
                return
        # A restored worktree may have another branch now, which has its own lock.
