"""Facts about commits that never change, kept in the state file between commands."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["CommitCache"]

Key = TypeVar("Key")
Value = TypeVar("Value")

# Far more than a machine has branches; facts about old tips and bases are never needed again.
_MOST = 2000


class CommitCache(MutableMapping[Key, Value], Generic[Key, Value]):
    """Facts about commits, cached between commands.

    When the cache is too large, all of it is dropped: facts that are still needed are determined again.

    Args:
        ask: Runs a query on the state file.
        write: Runs a statement for each row of arguments, in one transaction: each ends with a wait for the
            disk.
        table: Its table, whose columns are those of the key, then those of the value.
        columns: The columns of the key; a key or a value of one column is not a tuple.
    """

    def __init__(
        self,
        ask: Callable[[str], list[sqlite3.Row]],
        write: Callable[[str, Iterable[tuple[Any, ...]]], None],
        table: str,
        *columns: str,
    ) -> None:
        self._write = write
        self._table = table
        self._columns = columns
        keys = len(columns)
        rows = ask(f"SELECT * FROM {table}")  # noqa: S608 - a constant
        if len(rows) > _MOST:
            write(f"DELETE FROM {table}", [()])  # noqa: S608 - a constant
            rows = []
        self._known = {_plain(tuple(row)[:keys]): _plain(tuple(row)[keys:]) for row in rows}

    def __getitem__(self, key: Key) -> Value:
        found: Value = self._known[key]
        return found

    def __setitem__(self, key: Key, value: Value) -> None:
        self.update({key: value})

    def update(self, facts: Mapping[Key, Value]) -> None:  # type: ignore[override]  # in one of its forms
        """Add facts in one transaction."""
        rows = [(*_tuple(key), *_tuple(value)) for key, value in facts.items()]
        if rows:
            places = ", ".join("?" * len(rows[0]))
            self._write(f"INSERT OR REPLACE INTO {self._table} VALUES ({places})", rows)  # noqa: S608 - a constant
            self._known.update(facts)

    def __delitem__(self, key: Key) -> None:
        where = " AND ".join(f"{column} = ?" for column in self._columns)
        self._write(f"DELETE FROM {self._table} WHERE {where}", [_tuple(key)])  # noqa: S608 - constants
        del self._known[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


def _plain(values: tuple[Any, ...]) -> Any:  # noqa: ANN401 - a key or a value
    return values if len(values) > 1 else values[0]


def _tuple(value: Any) -> tuple[Any, ...]:  # noqa: ANN401 - a key or a value
    return value if isinstance(value, tuple) else (value,)
