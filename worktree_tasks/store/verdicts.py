"""Which commits got into which, and how; kept between commands, since commits never change."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING

from .connection import speaking

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Verdicts"]

# Far more than a machine has branches; those about tips and bases that moved on are never asked for again.
_MOST = 2000


class Verdicts(MutableMapping[tuple[str, str], "str | None"]):
    """What is known of how commits got into others, kept between commands; commits never change.

    When it has become too much, all is forgotten: what is still asked for is found out again.
    """

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path
        with speaking(path):
            rows = db.execute("SELECT tip, base, merged FROM verdict").fetchall()
            if len(rows) > _MOST:
                db.execute("DELETE FROM verdict")
                rows = []
        self._known: dict[tuple[str, str], str | None] = {(tip, base): merged for tip, base, merged in rows}

    def __getitem__(self, key: tuple[str, str]) -> str | None:
        return self._known[key]

    def __setitem__(self, key: tuple[str, str], merged: str | None) -> None:
        with speaking(self._path):
            self._db.execute("INSERT OR REPLACE INTO verdict VALUES (?, ?, ?)", (*key, merged))
        self._known[key] = merged

    def __delitem__(self, key: tuple[str, str]) -> None:
        with speaking(self._path):
            self._db.execute("DELETE FROM verdict WHERE tip = ? AND base = ?", key)
        del self._known[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
