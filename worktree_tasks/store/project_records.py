"""The part of the store for projects and worktrees."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Failure, WorktreeGone
from ..quick_dataclasses import replace
from .connection import Connection
from .record import COLUMNS, ProjectRecord, Record, plain, record_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

__all__ = ["Records"]


class Records(Connection):
    """Projects and worktrees; each method is one short transaction."""

    def remember(self, common_dir: Path, *, name: str, main: Path) -> ProjectRecord:
        """Record that a command runs in a project, and return the project's record."""
        now = time.time()
        self._write(
            "INSERT INTO project (name, main, common_dir, used) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (common_dir) DO UPDATE SET name = excluded.name, main = excluded.main,"
            " used = excluded.used",
            (name, str(main), str(common_dir), now),
        )
        found = self.project(common_dir)
        assert found is not None  # noqa: S101 - it was written a moment ago
        return found

    def project(self, common_dir: Path) -> ProjectRecord | None:
        """Return the project of a repository; None if no command has made a worktree in it yet."""
        return next((one for one in self.projects() if one.common_dir == common_dir), None)

    def projects(self) -> tuple[ProjectRecord, ...]:
        """Return the projects of this machine, last used first."""
        rows = self._ask("SELECT id, name, main, common_dir, used FROM project ORDER BY used DESC")
        return tuple(
            ProjectRecord(row["id"], row["name"], Path(row["main"]), Path(row["common_dir"]), row["used"])
            for row in rows
        )

    def move(self, project: ProjectRecord, common_dir: Path, *, main: Path) -> ProjectRecord:
        """Record a project's new place; delete a project without worktrees that was recorded there."""
        with self._transaction():
            self._db.execute("DELETE FROM project WHERE common_dir = ?", (str(common_dir),))
            self._db.execute(
                "UPDATE project SET common_dir = ?, main = ? WHERE id = ?",
                (str(common_dir), str(main), project.id),
            )
        return replace(project, common_dir=common_dir, main=main)

    def forget(self, project: ProjectRecord) -> None:
        """Forget a project and all its worktrees."""
        self._write("DELETE FROM project WHERE id = ?", (project.id,))

    def records(self, project: ProjectRecord | None = None) -> tuple[Record, ...]:
        """Return the worktrees of a project, or of all, in the order of their slots."""
        where, arguments = ("WHERE project_id = ?", (project.id,)) if project else ("", ())
        rows = self._ask(
            f"SELECT {', '.join(COLUMNS)} FROM worktree {where} ORDER BY project_id, slot, id",  # noqa: S608 - constants
            arguments,
        )
        return tuple(record_of(row) for row in rows)

    def has_records(self, project: ProjectRecord) -> bool:
        """Return whether a project has worktrees."""
        return bool(self._ask("SELECT 1 FROM worktree WHERE project_id = ? LIMIT 1", (project.id,)))

    def record(self, key: str) -> Record:
        """Return the record with a key.

        Raises:
            WorktreeGone: Another command removed it.
        """
        rows = self._ask(
            f"SELECT {', '.join(COLUMNS)} FROM worktree WHERE key = ?",  # noqa: S608 - constants
            (key,),
        )
        if not rows:
            raise WorktreeGone
        return record_of(rows[0])

    def create(
        self,
        project: ProjectRecord,
        *,
        branch: str,
        name: Callable[[Collection[str]], str],
        path: Callable[[str], Path],
        start_commit: str | None,
        made_branch: bool,
        host: str = "",
        runtime: str = "compose",
        restoring: str | None = None,
        opened: bool = False,
    ) -> Record:
        """Record a worktree that is about to be made, in state `creating`.

        Args:
            project: Its project.
            branch: Its branch.
            name: Chooses the slug, given those that are taken in the project.
            path: Returns the directory for a slug.
            start_commit: The commit that a new branch starts from; None for an existing branch.
            made_branch: Whether the branch is made with it.
            host: The host name in its URLs; it may depend on the slug, and is recorded later then.
            runtime: What runs its stack.
            restoring: The restore point that it is made from.
            opened: Whether the hook `after_new` does not apply to it.

        Raises:
            Failure: Another record has the directory.
        """
        with self._transaction():
            taken = {
                row[0]
                for row in self._db.execute("SELECT name FROM worktree WHERE project_id = ?", (project.id,))
            }
            chosen = name(taken)
            record = Record(
                id=0, key=os.urandom(16).hex(), project_id=project.id, name=chosen, branch=branch,
                path=path(chosen), state="creating", runtime=runtime, start_commit=start_commit,
                made_branch=made_branch, host=host, created=time.time(), restoring=restoring, opened=opened,
            )  # fmt: skip
            try:
                self._insert(record)
            except sqlite3.IntegrityError as error:
                raise Failure(
                    f"{record.path} belongs to another worktree already",
                    "set wt.root to another directory",
                    kind="place-held",
                ) from error
        return self.record(record.key)

    def _insert(self, record: Record, otherwise: str = "") -> None:
        """Write a new record; it gets its number from the store."""
        names = COLUMNS[1:]
        self._db.execute(
            f"INSERT INTO worktree ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}){otherwise}",  # noqa: S608 - constants
            [plain(getattr(record, name)) for name in names],
        )

    def update(self, record: Record, **values: Any) -> Record:  # noqa: ANN401 - the columns' own types
        """Change columns of a record, and return the new record."""
        assignments = ", ".join(f"{column} = ?" for column in values if column in COLUMNS)
        self._write(
            f"UPDATE worktree SET {assignments} WHERE id = ?",  # noqa: S608 - names of columns
            (*map(plain, values.values()), record.id),
        )
        return self.record(record.key)

    def begin_removal(self, record: Record, terms: Mapping[str, Any]) -> Record:
        """Record that a worktree's removal began, and its terms, which are plain values by name."""
        with self._transaction():
            self._db.execute("UPDATE worktree SET state = 'removing' WHERE id = ?", (record.id,))
            self._db.execute("INSERT OR REPLACE INTO removal VALUES (?, ?)", (record.id, json.dumps(terms)))
        return self.record(record.key)

    def removal_terms(self, record: Record) -> dict[str, Any]:
        """Return the terms of a removal that began; empty if none did."""
        rows = self._ask("SELECT terms FROM removal WHERE worktree_id = ?", (record.id,))
        return dict(json.loads(rows[0]["terms"])) if rows else {}

    def end_removal(self, record: Record) -> Record:
        """Record that a worktree is kept although its removal began."""
        with self._transaction():
            self._db.execute("DELETE FROM removal WHERE worktree_id = ?", (record.id,))
            self._db.execute("UPDATE worktree SET state = 'ready' WHERE id = ?", (record.id,))
        return self.record(record.key)

    def delete(self, record: Record) -> None:
        """Delete a record with all its leases."""
        self._write("DELETE FROM worktree WHERE id = ?", (record.id,))
