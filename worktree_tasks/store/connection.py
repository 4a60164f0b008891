"""The connection to the state file: short transactions, and errors in the user's words."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .. import interruption
from ..errors import BadUse, Failure, StateDamaged
from ..waiting import wait_while
from .schema import ADDED, SCHEMA, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["BUSY_SECONDS", "Connection", "connect", "speaking"]

BUSY_SECONDS = 30.0
# What SQLite says of a file that it cannot make sense of: SQLITE_ERROR for a table or column that should be
# there, SQLITE_CORRUPT, SQLITE_NOTADB: https://www.sqlite.org/rescode.html
_DAMAGED = frozenset({1, 11, 26})


def connect(path: Path | str) -> sqlite3.Connection:
    """Connect to a file, for all threads, with explicit transactions."""
    return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


@contextmanager
def speaking(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system raise into errors for users."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except UnicodeEncodeError as error:
        raise BadUse(
            f"{error.object} is not UTF-8",
            "rename it: Docker and the state file need names in UTF-8",
            kind="not-utf-8",
        ) from error
    except (OSError, sqlite3.Error) as error:
        # The base class itself means a damaged file without an error code.
        code = getattr(error, "sqlite_errorcode", None)
        if isinstance(error, sqlite3.DatabaseError) and code is not None and code & 0xFF in _DAMAGED:
            raise StateDamaged(path, str(error)) from error
        raise Failure(
            f"cannot use the state file in {path.parent}: {error}",
            "check the directory's permissions and free space, or set XDG_STATE_HOME",
            kind="state-unusable",
        ) from error


def _table(statement: str) -> str:
    """Return the table that a statement of the schema makes."""
    return statement.split()[2] if statement.strip() else ""


class Connection:
    """The base of the store's parts.

    Attributes:
        path: The file.
    """

    def __init__(self, path: Path, db: sqlite3.Connection | None = None) -> None:
        self.path = path
        # The lanes of a flow take turns with one connection.
        self._turn = threading.RLock()
        self._db = db or connect(path)
        self._db.row_factory = sqlite3.Row
        try:
            self._db.execute("PRAGMA foreign_keys = ON")
            self._migrate()
            self._refuse_other_tables()
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _migrate(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise Failure(
                f"{self.path} was written by a later version (schema {version})",
                "upgrade worktree-tasks",
                kind="state-too-new",
            )
        if version == VERSION:
            return
        self._keep_a_log()
        with self._transaction():
            # Another process may have done it first.
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            added = {table for later, tables in ADDED.items() if later > version for table in tables}
            for statement in SCHEMA.split(";") if version < VERSION else ():
                if version == 0 or _table(statement) in added:
                    # A version between releases may have made it already.
                    self._db.execute(statement.replace("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1))
            self._db.execute(f"PRAGMA user_version = {VERSION}")

    def _keep_a_log(self) -> None:
        """Let readers and a writer work side by side.

        SQLite waits for nobody there: two processes that make the file at once would each be in the other's
        way (https://www.sqlite.org/c3ref/busy_handler.html).
        """

        def in_the_way() -> sqlite3.OperationalError | None:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                return error
            return None

        if busy := wait_while(in_the_way, BUSY_SECONDS):
            raise busy

    def _refuse_other_tables(self) -> None:
        """Refuse a file of another program, or of a version between releases."""
        rows = self._db.execute("SELECT sql FROM sqlite_master WHERE type = 'table'")
        found = {" ".join(str(row[0]).split()) for row in rows}
        for statement in SCHEMA.split(";"):
            wanted = " ".join(statement.split())
            if wanted and wanted not in found:
                raise StateDamaged(self.path, f"its table {_table(statement)} is missing or different")

    def _ask(self, query: str, arguments: Iterable[Any] = ()) -> list[sqlite3.Row]:
        # While one lane reads, the connection holds a view of the file that may be old by the time another
        # lane begins to write; SQLite refuses that at once (https://www.sqlite.org/isolation.html).
        with self._turn, speaking(self.path):
            return self._db.execute(query, tuple(arguments)).fetchall()

    def _write(self, statement: str, arguments: Iterable[Any]) -> None:
        """Run a statement in a transaction of its own."""
        self._write_many(statement, (tuple(arguments),))

    def _write_many(self, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Run a statement for each row of arguments, all in one transaction."""
        with self._transaction():
            self._db.executemany(statement, rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        # Interrupted by Ctrl-C, it would stay open and block the undoing of the command.
        with self._turn, interruption.deferred(), speaking(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk or a damaged file may have ended the transaction already.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
