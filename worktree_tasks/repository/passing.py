"""Directories that only one command needs: gone with it, or with the next one when it was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["passing_directory"]

_PREFIX = "worktree-tasks-"


@contextmanager
def passing_directory() -> Iterator[Path]:
    """Yield a new empty directory that only we may enter, and delete it afterwards."""
    _sweep()
    place, lock = _locked()
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)


def _locked() -> tuple[Path, int]:
    """Make a directory that is locked as long as this process lives."""
    while True:
        place = Path(tempfile.mkdtemp(prefix=_PREFIX))
        # Another command may take one that is not locked yet for a dead one's.
        with suppress(OSError):
            lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if place.is_dir():
                return place, lock
            os.close(lock)


@cache
def _sweep() -> None:
    """Delete what commands of ours left that were killed."""
    for place in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if place.lstat().st_uid != os.getuid():
                continue
            lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place, ignore_errors=True)
            finally:
                os.close(lock)
