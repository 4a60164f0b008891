"""The store: all of its parts, and checks of its integrity."""

from __future__ import annotations

from .databases import DatabaseRecords
from .hosts import HostRecords
from .queues import QueueLeases
from .worktree_notes import Notes

__all__ = ["Store"]

# The tables whose rows belong to a project or a worktree: https://www.sqlite.org/pragma.html#pragfunc
_REFERENCES = (
    'SELECT name, "from", "table" FROM sqlite_master JOIN pragma_foreign_key_list(name)'
    " WHERE type = 'table' AND \"to\" = 'id'"
)


class Store(QueueLeases, Notes, DatabaseRecords, HostRecords):
    """Leases and records; each method is one short transaction."""

    def faults(self) -> tuple[str, ...]:
        """Return the problems that SQLite finds in the file, such as a missing page; empty if sound."""
        rows = self._ask("PRAGMA quick_check(3)")
        return tuple(str(row[0]) for row in rows if row[0] != "ok")

    def orphans(self) -> int:
        """Return how many leases and notes belong to no worktree."""
        return len(self._ask("PRAGMA foreign_key_check"))

    def drop_orphans(self) -> None:
        """Delete leases and notes that belong to no worktree."""
        with self._transaction():
            for table, column, owner in self._ask(_REFERENCES):
                self._db.execute(f"DELETE FROM {table} WHERE {column} NOT IN (SELECT id FROM {owner})")  # noqa: S608 - from the schema
