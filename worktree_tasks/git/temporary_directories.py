"""Directories for a single command: deleted when it ends, or, if it was killed, by the next that needs one.

They are created in our own directory below the one for temporary files. Only its owner may enter it, and a
marker distinguishes it from one that merely has its name. Nothing else is ever deleted there.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..machine.safe_open import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["passing_directory"]

_MARKER = ".made-by-worktree-tasks"
_NOBODY_ELSE = stat.S_IRWXG | stat.S_IRWXO
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@contextmanager
def passing_directory() -> Iterator[Path]:
    """Yield a new empty directory that only we may enter, and delete it afterwards."""
    home = _home()
    if home is not None:
        _sweep(home)
    place, lock = _locked(home)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)


def _home() -> Path | None:
    """Return the directory for ours and nothing else; None if its name is taken by another one."""
    home = Path(tempfile.gettempdir()) / f"worktree-tasks.{os.getuid()}"
    with suppress(OSError):
        with suppress(FileExistsError):
            home.mkdir(mode=stat.S_IRWXU)
        folder = os.open(home, _FOLDER)
        try:
            status = os.fstat(folder)
            alone = status.st_uid == os.getuid() and not status.st_mode & _NOBODY_ELSE
            if alone and _marked(folder):
                return home
        finally:
            os.close(folder)
    return None


def _marked(folder: int) -> bool:
    """Return whether a directory has the marker, which is added to an empty one."""
    if not os.listdir(folder):
        os.close(os.open(_MARKER, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600, dir_fd=folder))
    return kind_of(folder, _MARKER) == stat.S_IFREG


def _locked(home: Path | None) -> tuple[Path, int]:
    """Create a directory that is locked as long as this process lives."""
    while True:
        place = Path(tempfile.mkdtemp(prefix="" if home else "worktree-tasks-", dir=home))
        # Another command may mistake one that is not locked yet for a killed command's.
        with suppress(OSError):
            lock = os.open(place, _FOLDER)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if place.is_dir():
                return place, lock
            os.close(lock)


@cache
def _sweep(home: Path) -> None:
    """Delete what our killed commands left behind."""
    for place in home.iterdir():
        with suppress(OSError):
            lock = os.open(place, _FOLDER)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place, ignore_errors=True)
            finally:
                os.close(lock)
