"""A copy of the state in memory, for commands that must change nothing."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from .connection import connect, speaking
from .state_file import FILE, connect_untouched, state_directory
from .store import Store

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["open_copy"]


def open_copy(directory: Path | None = None, *, blank: bool = False) -> Store:
    """Open a copy of the user's store in memory: what is written to it is forgotten.

    Args:
        directory: Our state directory.
        blank: Whether to return an empty store instead.

    Raises:
        StateDamaged: The file is no store, or not all of one.
        Failure: The file cannot be read, or was written by a later version.
    """
    path = (directory or state_directory()) / FILE
    with speaking(path):
        memory = connect(":memory:")
        try:
            if not blank and path.is_file():
                with closing(connect_untouched(path)) as original:
                    original.backup(memory)
            return Store(path, memory)
        except BaseException:
            memory.close()
            raise
