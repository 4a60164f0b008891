"""The part of the store that leases slots, ports and names, each to a single worktree."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from ..configuration.ports import Port
from ..errors import Failure
from ..quick_dataclasses import as_dict, replace
from .project_records import Records
from .record import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from .record import ProjectRecord, Record

__all__ = ["Leases"]


class Leases(Records):
    """Leases; each method is one short transaction."""

    def lease(
        self, record: Record, column: str, choose: Callable[[Collection[Any]], str | int | None]
    ) -> Record:
        """Lease one value for a record, such as a subnet, and return the record with it.

        Args:
            record: Whose lease it is.
            column: `compose_project`, `network`, `subnet` or `broker_database`.
            choose: Chooses a value, given those that others have leased; runs inside the transaction.
        """
        with self._transaction():
            held = self.held(record, column)
            self._db.execute(
                f"UPDATE worktree SET {column} = ? WHERE id = ?",  # noqa: S608 - a column's name
                (choose(held), record.id),
            )
        return self.record(record.key)

    def held(self, record: Record, column: str) -> frozenset[str | int]:
        """Return a column's values that others have leased: for slots and Redis databases the project's."""
        scope = "project_id = ?" if column in ("broker_database", "slot") else "? IS NOT NULL"
        query = f"SELECT {column} FROM worktree WHERE {scope} AND id != ? AND {column} IS NOT NULL"  # noqa: S608 - a column's name
        found = frozenset(row[0] for row in self._ask(query, (record.project_id, record.id)))
        if column != "broker_database":
            return found
        further = "SELECT own FROM queue JOIN worktree ON worktree.id = worktree_id WHERE project_id = ?"
        return found | {row[0] for row in self._ask(further, (record.project_id,))}

    def lease_slot(
        self,
        record: Record,
        choose: Callable[[Collection[Any], dict[tuple[int, str], str]], tuple[int, Iterable[Port]]],
    ) -> Record:
        """Lease a slot with its ports and return the record with it.

        Args:
            record: Whose lease it is.
            choose: Chooses, given the slots that the project's others have, and the ports that any worktree
                of this machine has with their holders; runs inside the transaction.
        """
        with self._transaction():
            holders = {
                (row["published"], row["protocol"]): f"leased by {row['project']}/{row['name']}"
                for row in self._db.execute(
                    "SELECT published, protocol, worktree.name AS name, project.name AS project FROM port"
                    " JOIN worktree ON worktree.id = port.worktree_id JOIN project ON project.id = project_id"
                    " WHERE worktree_id != ? AND published IS NOT NULL",
                    (record.id,),
                )
            }
            slot, ports = choose(self.held(record, "slot"), holders)
            self._db.execute("UPDATE worktree SET slot = ? WHERE id = ?", (slot, record.id))
            self._replace_ports(record.id, ports)
        return self.record(record.key)

    def _replace_ports(self, worktree: int, ports: Iterable[Port]) -> None:
        self._db.execute("DELETE FROM port WHERE worktree_id = ?", (worktree,))
        self._db.executemany(
            "INSERT INTO port"
            " VALUES (:worktree, :service, :target, :protocol, :main, :base, :published, :host_ip)",
            [{**as_dict(port), "worktree": worktree} for port in ports],
        )
        # One worktree may use a number twice: on two addresses, or for services of two profiles.
        self._db.execute("DELETE FROM lease WHERE worktree_id = ?", (worktree,))
        self._db.execute(
            "INSERT INTO lease SELECT DISTINCT published, protocol, worktree_id FROM port"
            " WHERE worktree_id = ? AND published IS NOT NULL",
            (worktree,),
        )

    def readmit(self, record: Record, ports: Iterable[Port]) -> Record:
        """Write a record that was recovered from a worktree's remains, or complete the one with its key.

        What another worktree holds by now is left out, so that the next start leases it anew.

        Args:
            record: The recovered record; its number is ignored.
            ports: The recovered ports.

        Raises:
            Failure: Another record has its directory or its name.
        """
        ports = tuple(ports)
        with self._transaction():
            others = [one for one in self.records() if one.key != record.key]
            siblings = [one for one in others if one.project_id == record.project_id]
            leased = {
                (row[0], row[1])
                for row in self._ask(
                    "SELECT published, protocol FROM lease JOIN worktree ON worktree.id = worktree_id"
                    " WHERE key != ?",
                    (record.key,),
                )
            }
            if any((port.published, port.protocol) in leased for port in ports) or record.slot in {
                one.slot for one in siblings
            }:
                record, ports = replace(record, slot=None), ()
            holding = {"compose_project": others, "subnet": others, "broker_database": siblings}
            for column, rest in holding.items():
                if getattr(record, column) in {getattr(one, column) for one in rest}:
                    record = replace(record, **{column: None})
            changes = ", ".join(f"{one} = excluded.{one}" for one in COLUMNS[1:])
            try:
                self._insert(record, f" ON CONFLICT (key) DO UPDATE SET {changes}")
            except sqlite3.IntegrityError as error:
                raise Failure(
                    f"{record.path} or the name {record.name} belongs to another worktree already",
                    "wt.list --all shows which",
                    kind="place-held",
                ) from error
            row = self._db.execute("SELECT id FROM worktree WHERE key = ?", (record.key,)).fetchone()
            self._replace_ports(row[0], ports)
        return self.record(record.key)

    def unleased(self, project: ProjectRecord) -> frozenset[str]:
        """Return the keys of the worktrees whose ports are in no lease, or in another worktree's."""
        rows = self._ask(
            "SELECT DISTINCT key FROM port JOIN worktree ON worktree.id = port.worktree_id"
            " LEFT JOIN lease USING (published, protocol, worktree_id)"
            " WHERE project_id = ? AND port.published IS NOT NULL AND lease.published IS NULL",
            (project.id,),
        )
        return frozenset(str(row["key"]) for row in rows)

    def note_schemes(self, record: Record, schemes: Mapping[int, str]) -> None:
        """Record what a worktree's published TCP ports answered with; see `Port.scheme`."""
        self._write_many(
            "INSERT INTO scheme VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET scheme = excluded.scheme",
            [(record.id, published, scheme) for published, scheme in schemes.items()],
        )

    def ports(self, project: ProjectRecord | None = None) -> dict[str, tuple[Port, ...]]:
        """Return the leased ports of a project's worktrees, or of all, by the records' keys."""
        where, arguments = ("WHERE project_id = ?", (project.id,)) if project else ("", ())
        found: dict[str, tuple[Port, ...]] = {}
        for row in self._ask(
            "SELECT key, service, target, protocol, main, base, published, host_ip, scheme FROM port"  # noqa: S608 - constants
            " JOIN worktree ON worktree.id = worktree_id LEFT JOIN scheme USING (worktree_id, published)"
            f" {where} ORDER BY port.rowid",
            arguments,
        ):
            found[row["key"]] = (*found.get(row["key"], ()), Port(*tuple(row)[1:]))
        return found
