"""SQLite, whose databases are files: copied consistently while main's app writes to them."""

from __future__ import annotations

import base64
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ... import interruption
from ...configuration.databases.sqlite_paths import BACK_UP, FILE_ENDS, PIECE, REMOVE
from ...configuration.naming import label_hash
from ...errors import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ...command import Result

__all__ = ["back_up", "copy_apart", "query"]

_PIECE_BYTES = 8 * 1024 * 1024
_TRIES = 20
_PAUSE_SECONDS = 0.2
# The shared-memory index is rebuilt from the write-ahead log.
_COPIED = tuple(end for end in FILE_ENDS if end != "-shm")


def back_up(run: Callable[[Sequence[str]], Result | None], path: str, place: Path, key: str) -> bool:
    """Copy a database with the programs in a container that has it.

    Args:
        run: Runs a command in the container; returns None if it is down.
        path: The database in the container.
        place: Where to write the copy here.
        key: Distinguishes this copy from others that are made there at the same time.

    Returns:
        False if there is no whole copy: the container is down, or has neither Python nor SQLite's program.
    """
    copy = f"/tmp/worktree-tasks-{label_hash(key)}.sqlite3"  # noqa: S108 - in the container
    made = run(["sh", "-c", BACK_UP, "sh", path, copy])
    if made is None:
        return False
    try:
        if made.code or not made.out.strip().isdigit():
            return False
        size = int(made.out)
        with place.open("wb") as file:
            for number in range(-(-size // _PIECE_BYTES)):
                piece = run(["sh", "-c", PIECE, "sh", copy, str(_PIECE_BYTES), str(number)])
                file.write(base64.b64decode(piece.out if piece else ""))
        return place.stat().st_size == size and _sound(place)
    finally:
        run(["sh", "-c", REMOVE, "sh", copy])


def copy_apart(source: Path, place: Path) -> None:
    """Copy a database's files, and merge them into one complete file at the copy.

    Raises:
        Failure: It is being written all the time, or is damaged.
    """
    for _ in range(_TRIES):
        before = _state(source)
        for end in _COPIED:
            copy = place.with_name(place.name + end)
            copy.unlink(missing_ok=True)
            if (file := source.with_name(source.name + end)).exists():
                shutil.copyfile(file, copy)
        if _state(source) == before and _sound(place):
            return
        interruption.pause(_PAUSE_SECONDS)
    raise Failure(
        f"{source} is damaged, or written too often for a consistent copy",
        "stop main's own services with docker compose stop, then run the same command again",
        kind="database-failed",
    )


def query(source: Path, folder: Path, statement: str) -> tuple[tuple[str, ...], ...] | None:
    """Return the rows of a query on a database, without locking or changing the files that its app has open.

    Args:
        source: The database.
        folder: Where to put a temporary copy, if one is needed.
        statement: The query.

    Returns:
        None if the query fails, for instance because a table is missing.

    Raises:
        Failure: It is being written all the time, or is damaged.
    """
    with TemporaryDirectory(prefix="sqlite-", dir=folder) as place, suppress(sqlite3.Error):
        # Recent changes are in files beside the database; without these files, no copy is needed.
        if _state(source)[1:] != [None] * (len(_COPIED) - 1):
            copy_apart(source, copy := Path(place) / "copy")
            source = copy
        with closing(sqlite3.connect(f"{source.as_uri()}?immutable=1", uri=True)) as database:
            rows = database.execute(statement).fetchall()
            return tuple(tuple("" if value is None else str(value) for value in row) for row in rows)
    return None


def _state(source: Path) -> list[tuple[int, int, int] | None]:
    """Return a value that changes whenever a database is written to."""
    found: list[tuple[int, int, int] | None] = []
    for end in _COPIED:
        try:
            status = source.with_name(source.name + end).stat()
        except FileNotFoundError:
            found.append(None)
        else:
            found.append((status.st_ino, status.st_size, status.st_mtime_ns))
    return found


def _sound(place: Path) -> bool:
    """Merge the files beside a copy into it, and return whether it is intact."""
    try:
        with closing(sqlite3.connect(place)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return bool(database.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.Error:
        return False
