"""How the state file is opened, copied and moved aside."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from ..errors import Failure
from ..machine import known_projects
from .connection import BUSY_SECONDS, connect, speaking
from .store import Store

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["has_record", "open_copy", "open_store", "set_aside", "state_directory"]

_FILE = "state.sqlite3"
# The files that SQLite keeps beside it: https://www.sqlite.org/walformat.html
_LOG = ("-wal", "-shm")


def state_directory() -> Path:
    """Return our state directory.

    Raises:
        Failure: There is no such place.
    """
    try:
        return known_projects.state_directory()
    except FileNotFoundError as error:
        raise Failure(
            f"no place for the state file: {error.strerror}",
            "set HOME, or XDG_STATE_HOME to an absolute path",
            kind="no-state-directory",
        ) from error


def open_store(directory: Path | None = None) -> Store:
    """Open the user's store, which is made if it is missing.

    Raises:
        StateDamaged: The file is no store, or not all of one.
        Failure: The file cannot be read or written, or was written by a later version.
    """
    directory = directory or state_directory()
    with speaking(directory / _FILE):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _give_log_its_mode(directory / _FILE)
        return Store(directory / _FILE)


def open_copy(directory: Path | None = None, *, blank: bool = False) -> Store:
    """Open a copy of the user's store in memory: what is written to it is forgotten.

    Args:
        directory: Our state directory.
        blank: Whether to return an empty store instead.

    Raises:
        StateDamaged: The file is no store, or not all of one.
        Failure: The file cannot be read, or was written by a later version.
    """
    path = (directory or state_directory()) / _FILE
    with speaking(path):
        memory = connect(":memory:")
        try:
            if not blank and path.is_file():
                with closing(_connect_untouched(path)) as original:
                    original.backup(memory)
            return Store(path, memory)
        except BaseException:
            memory.close()
            raise


def has_record(directory: Path, key: str) -> bool:
    """Return whether another state directory has a record; true if it exists but cannot be read."""
    path = directory / _FILE
    try:
        if not path.is_file():
            return False
        with closing(_connect_untouched(path)) as db:
            found = db.execute("SELECT 1 FROM worktree WHERE key = ?", (key,)).fetchone()
            return found is not None
    except (OSError, sqlite3.Error):
        return True


def set_aside(directory: Path) -> Path | None:
    """Rename a damaged state file, and the files that SQLite keeps beside it.

    Returns:
        Where it is now; None when there was none.
    """
    path = directory / _FILE
    aside = path.with_name(f"{path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}-{os.urandom(2).hex()}")
    with speaking(path):
        for end in (*_LOG, ""):
            file = path.with_name(path.name + end)
            if file.exists():
                file.rename(aside.with_name(aside.name + end))
    return aside if aside.exists() else None


def _give_log_its_mode(path: Path) -> None:
    """Let the owner of the file write its log.

    SQLite makes it with the mode of the file. One that was made while that was read-only stays so, and no
    command could write any more, whatever is done about the file itself.
    """
    if not path.is_file():
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    for beside in (path.with_name(path.name + end) for end in _LOG):
        # The last command that closes the file takes them away, which may be just now.
        with suppress(OSError):
            if stat.S_IMODE(beside.stat().st_mode) != mode:
                beside.chmod(mode)


def _connect_untouched(path: Path) -> sqlite3.Connection:
    """Connect so that not a byte of the file has changed once the connection is closed."""
    if path.with_name(path.name + "-wal").exists():
        # A writer would move the log's content into the file; a reader does not.
        return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
    # A read-only connection would leave a log behind if there is none.
    return connect(path)
