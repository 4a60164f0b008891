"""The store: all of its parts, and checks of its integrity."""

from __future__ import annotations

from .databases import DatabaseRecords
from .hosts import HostRecords
from .leases import Leases
from .queues import QueueLeases
from .worktree_notes import Notes

__all__ = ["Store"]


class Store(Leases, Notes, QueueLeases, DatabaseRecords, HostRecords):
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
            for table in (
                "lease",
                "port",
                "written",
                "env_file",
                "removal",
                "decision",
                "queue",
                "virtual_host",
            ):
                self._db.execute(
                    f"DELETE FROM {table} WHERE worktree_id NOT IN (SELECT id FROM worktree)"  # noqa: S608 - constants
                )
            for table in ("database", "worktree"):
                self._db.execute(
                    f"DELETE FROM {table} WHERE project_id NOT IN (SELECT id FROM project)"  # noqa: S608 - constants
                )
