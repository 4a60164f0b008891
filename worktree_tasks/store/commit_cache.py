"""Facts about commits that never change, kept in the state file between commands."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .connection import speaking

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from threading import RLock

__all__ = ["CommitCache"]

Key = TypeVar("Key")
Value = TypeVar("Value")

# Far more than a machine has branches; facts about old tips and bases are never needed again.
_MOST = 2000
# SQLite takes so many values in one statement, at least: https://www.sqlite.org/limits.html
_AT_ONCE = 200


class CommitCache(MutableMapping[Key, Value], Generic[Key, Value]):
    """Facts about commits, cached between commands.

    When the cache is too large, all of it is dropped: facts that are still needed are determined again.

    Args:
        db: The state file.
        path: Its path.
        turn: The lock of the connection, which threads share.
        table: Its table, whose columns are those of the key, then those of the value.
        columns: The columns of the key; a key or a value of one column is not a tuple.
    """

    def __init__(self, db: sqlite3.Connection, path: Path, turn: RLock, table: str, *columns: str) -> None:
        self._db = db
        self._path = path
        self._turn = turn
        self._table = table
        self._columns = columns
        keys = len(columns)
        with turn, speaking(path):
            rows = db.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - a constant
            if len(rows) > _MOST:
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - a constant
                rows = []
        self._known = {_plain(tuple(row)[:keys]): _plain(tuple(row)[keys:]) for row in rows}

    def __getitem__(self, key: Key) -> Value:
        found: Value = self._known[key]
        return found

    def __setitem__(self, key: Key, value: Value) -> None:
        self.update({key: value})

    def update(self, facts: Mapping[Key, Value]) -> None:  # type: ignore[override]  # in one of its forms
        """Add facts in as few transactions as possible: each one ends with a wait for the disk."""
        rows = [(*_tuple(key), *_tuple(value)) for key, value in facts.items()]
        for first in range(0, len(rows), _AT_ONCE):
            some = rows[first : first + _AT_ONCE]
            places = ", ".join([f"({', '.join('?' * len(some[0]))})"] * len(some))
            with self._turn, speaking(self._path):
                self._db.execute(
                    f"INSERT OR REPLACE INTO {self._table} VALUES {places}",  # noqa: S608 - a constant
                    [value for row in some for value in row],
                )
        self._known.update(facts)

    def __delitem__(self, key: Key) -> None:
        where = " AND ".join(f"{column} = ?" for column in self._columns)
        with self._turn, speaking(self._path):
            self._db.execute(f"DELETE FROM {self._table} WHERE {where}", _tuple(key))  # noqa: S608 - constants
        del self._known[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _plain(values: tuple[Any, ...]) -> Any:  # noqa: ANN401 - a key or a value
    return values if len(values) > 1 else values[0]


def _tuple(value: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a key or a value
    return value if isinstance(value, tuple) else (value,)
