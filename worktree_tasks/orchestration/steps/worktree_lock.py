"""The lock of one worktree, and what is recorded of the worktree once the lock is ours."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .tree import Tree


__all__ = ["holding"]


@contextmanager
def holding(tree: Tree) -> Iterator[None]:
    """Hold a worktree's lock, and know what is recorded of it from then on.

    What was read before the wait may be out of date: whoever had the lock may have removed the worktree, or
    given it another branch, path, slot or state.

    Raises:
        WorktreeGone: Another command removed it meanwhile.
    """
    while True:
        branch = tree.record.branch
        with tree.alone():
            tree.refresh()
            if tree.record.branch == branch:
                yield
                return
        # A restored worktree may have got another branch, whose lock is another one.
