"""The part of the store for other machines, and the worktrees known to be there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass
from .connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .record import ProjectRecord

__all__ = ["FarWorktree", "HostRecords", "KnownHost"]


@dataclass(slots=True, frozen=True)
class KnownHost:
    """A machine that a project was set up on: its name here, and the main checkout there."""

    name: str
    path: str


@dataclass(slots=True, frozen=True)
class FarWorktree:
    """A worktree on another machine, as last seen.

    Attributes:
        host: The name of the machine here.
        name: Its slug.
        branch: The branch that is checked out; None when detached.
        path: Its directory there.
        ports: The local number of each port that it publishes there.
        forwarded: Whether they should be forwarded to this machine.
    """

    host: str
    name: str
    branch: str | None
    path: str
    ports: Mapping[int, int]
    forwarded: bool = False


class HostRecords(Connection):
    """Records of other machines; each method is one short transaction."""

    def hosts(self, project: ProjectRecord) -> tuple[KnownHost, ...]:
        """Return the machines that a project was set up on."""
        rows = self._ask("SELECT name, path FROM host WHERE project_id = ? ORDER BY name", (project.id,))
        return tuple(KnownHost(row["name"], row["path"]) for row in rows)

    def host(self, project: ProjectRecord | None, name: str) -> KnownHost | None:
        """Return a machine by its name; None if the project is not recorded or was not set up there."""
        return next((one for one in self.hosts(project) if one.name == name), None) if project else None

    def remember_host(self, project: ProjectRecord, host: KnownHost) -> None:
        """Record that a project was set up on a machine."""
        self._write(
            "INSERT INTO host VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET path = excluded.path",
            (project.id, host.name, host.path),
        )

    def forget_host(self, project: ProjectRecord, name: str) -> None:
        """Forget a machine, with the worktrees that are known there."""
        self._write("DELETE FROM host WHERE project_id = ? AND name = ?", (project.id, name))

    def far_worktrees(self, project: ProjectRecord | None = None) -> tuple[FarWorktree, ...]:
        """Return the worktrees of a project, or of all, that are known on other machines."""
        where, arguments = ("WHERE project_id = ?", (project.id,)) if project else ("", ())
        rows = self._ask(
            f"SELECT host, name, branch, path, ports, forwarded FROM far_worktree {where} ORDER BY 1, 2",  # noqa: S608 - constants
            arguments,
        )
        return tuple(
            FarWorktree(host, name, branch, path, _ports(ports), bool(forwarded))
            for host, name, branch, path, ports, forwarded in rows
        )

    def remember_far(self, project: ProjectRecord, trees: Iterable[FarWorktree]) -> None:
        """Record worktrees on machines that a project was set up on, as they were just seen."""
        self._write_many(
            "INSERT OR REPLACE INTO far_worktree VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    project.id,
                    one.host,
                    one.name,
                    one.branch,
                    one.path,
                    json.dumps(dict(one.ports)),
                    one.forwarded,
                )
                for one in trees
            ],
        )

    def forget_far(self, project: ProjectRecord, host: str, names: Iterable[str]) -> None:
        """Forget worktrees that are no longer on a machine."""
        self._write_many(
            "DELETE FROM far_worktree WHERE project_id = ? AND host = ? AND name = ?",
            [(project.id, host, name) for name in names],
        )


def _ports(text: str) -> dict[int, int]:
    return {int(far): int(local) for far, local in json.loads(text).items()}
