"""The part of the store for worktrees' own databases, and the templates that they are copied from."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..configuration.worktree_result import OwnDatabase
from ..quick_dataclasses import as_dict, dataclass, field_names, replace
from .connection import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from .record import Record

__all__ = ["Database", "DatabaseRecords"]


@dataclass(frozen=True, slots=True)
class Database:
    """A database that we made, or are making, beside one of main's.

    Attributes:
        name: Its name.
        owner: The key of the worktree that uses it, or did; `template` for a template.
        worktree: The name of that worktree.
        service: The server's service.
        engine: The kind of the server.
        main: Main's database that it replaces.
        mode: `clone` or `empty`.
        state: `creating`, `ready` or `trashed`.
        changed: When its state last changed, in seconds since the epoch.
    """

    name: str
    owner: str
    worktree: str
    service: str
    engine: str
    main: str
    mode: str
    state: str = "creating"
    changed: float = 0.0


_COLUMNS = ", ".join(field_names(Database))


class DatabaseRecords(Connection):
    """Databases; each method is one short transaction. Their records outlive the worktree."""

    def databases(self, project: int, owner: str | None = None) -> tuple[Database, ...]:
        """Return the databases of a project, or those of one owner."""
        rows = self._ask(
            f"SELECT {_COLUMNS} FROM database WHERE project_id = ?"  # noqa: S608 - constants
            " AND (? IS NULL OR owner = ?) ORDER BY service, main, name",
            (project, owner, owner),
        )
        return tuple(Database(*row) for row in rows)

    def own_databases(self, project: int) -> dict[str, tuple[OwnDatabase, ...]]:
        """Return the databases that the worktrees of a project use as their own, by the records' keys."""
        rows = self._ask(
            "SELECT key, service, database.name, engine, mode FROM database JOIN worktree ON key = owner"
            " WHERE database.project_id = ? AND worktree.database != 'shared' ORDER BY service, main",
            (project,),
        )
        found: dict[str, tuple[OwnDatabase, ...]] = {}
        for key, *row in rows:
            found[key] = (*found.get(key, ()), OwnDatabase(*row))
        return found

    def lease_database(
        self, project: int, wanted: Database, choose: Callable[[Collection[str]], str]
    ) -> Database:
        """Record a database before it is made; return the existing record if there is one.

        The owner also gets back the last one that it had in the same mode before `mark_database_trashed`.

        Args:
            project: The project.
            wanted: What to record; its name is ignored.
            choose: Chooses a name, given those recorded for its server; runs inside the transaction.
        """
        with self._transaction():
            known = self.databases(project)
            place = (wanted.owner, wanted.service, wanted.main)
            found = next((one for one in known if (one.owner, one.service, one.main) == place), None)
            if found is not None:
                return found
            if before := [one for one in known if _had_before(one, wanted)]:
                former = max(before, key=lambda one: one.changed)
                self._db.execute(
                    "UPDATE database SET owner = ?, changed = ?"
                    " WHERE project_id = ? AND service = ? AND name = ?",
                    (wanted.owner, time.time(), project, former.service, former.name),
                )
                return replace(former, owner=wanted.owner)
            name = choose({one.name for one in known if one.service == wanted.service})
            made = replace(wanted, name=name, changed=time.time())
            self._db.execute(
                f"INSERT INTO database (project_id, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constants
                (project, *as_dict(made).values()),
            )
        return made

    def note_database(self, project: int, database: Database, *, state: str) -> None:
        """Record a database's new state."""
        self._write(
            "UPDATE database SET state = ?, changed = ? WHERE project_id = ? AND service = ? AND name = ?",
            (state, time.time(), project, database.service, database.name),
        )

    def inherit_databases(self, record: Record, former: str) -> None:
        """Give a restored worktree the databases that it had under its former key.

        They stay where they are if there still is a worktree with that key, because its removal was undone.
        """
        self._write(
            "UPDATE OR IGNORE database SET owner = ? || substr(owner, length(?) + 1), worktree = ?,"
            " changed = ? WHERE project_id = ? AND (owner = ? OR owner = ? || '/' || name)"
            " AND NOT EXISTS (SELECT 1 FROM worktree WHERE key = ?)",
            (record.key, former, record.name, time.time(), record.project_id, former, former, former),
        )

    def mark_database_trashed(self, project: int, database: Database) -> None:
        """Mark a worktree's database as trashed, so that the worktree can get another one in its place."""
        self._write(
            "UPDATE database SET owner = owner || '/' || name, state = 'trashed', changed = ?"
            " WHERE project_id = ? AND service = ? AND name = ?",
            (time.time(), project, database.service, database.name),
        )

    def databases_seen_expired(self, project: int) -> dict[Database, float]:
        """Return when databases in their present state were first seen to have expired."""
        rows = self._ask(
            f"SELECT {_COLUMNS}, seen FROM database JOIN expiring USING (project_id, service, name, changed)"  # noqa: S608 - constants
            " WHERE project_id = ? AND seen IS NOT NULL",
            (project,),
        )
        return {Database(*row[:-1]): row[-1] for row in rows}

    def note_databases_expired(self, project: int, seen: Mapping[Database, float | None]) -> None:
        """Record when databases were seen to have expired, unless their state changed meanwhile."""
        self._write_many(
            "INSERT OR REPLACE INTO expiring SELECT project_id, service, name, changed, ? FROM database"
            " WHERE project_id = ? AND service = ? AND name = ? AND changed = ?",
            [(when, project, one.service, one.name, one.changed) for one, when in seen.items()],
        )

    def forget_database(self, project: int, database: Database) -> None:
        """Forget a database that no longer exists."""
        self._write(
            "DELETE FROM database WHERE project_id = ? AND service = ? AND name = ?",
            (project, database.service, database.name),
        )


def _had_before(one: Database, wanted: Database) -> bool:
    """Return whether a database was set aside by the owner that wants one like it."""
    same = (one.owner, one.service, one.main, one.mode)
    return same == (f"{wanted.owner}/{one.name}", wanted.service, wanted.main, wanted.mode)
