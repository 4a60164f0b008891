"""A worktree as the single argument of steps."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from ...configuration.compose import override_text
from ...lazy_modules import later
from ...lazy_values import once
from ...machine import files
from .stack_resources import own_containers, own_volumes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from contextlib import AbstractContextManager

    from ...configuration.compose import recorded_roles
    from ...configuration.compose.containers import Container
    from ...configuration.compose.model import Model
    from ...configuration.compose.recorded_decision import Decision
    from ...configuration.compose.service_roles import Service
    from ...configuration.ports import Port
    from ...git import Entry
    from ...store import Record
    from ..runtimes.runtime import Runtime
    from ..runtimes.runtime_values import Input
    from .project import Project
else:
    # What ends a stack does not decide about its services.
    (recorded_roles,) = later(__package__, "...configuration.compose.recorded_roles")

__all__ = ["Tree", "trees"]


class Tree:
    """One worktree. What is costly to read is read on first use, and only once.

    Attributes:
        project: Its project.
        record: Its current record.
        renewing: Whether its decisions are made anew.
        former_ports: The ports that it had before they were renewed.
        to_shared: Whether it is being switched to main's databases.
        planned_input: What would describe its stack, while it is not checked out.
        wanted: The roles that are requested for it now, by service.
        is_main: Whether it is the main checkout.
        planned_queues: What `queues` would be once it is made; None to use the recorded ones.
        planned_databases: The same for `databases`.
    """

    is_main = False

    def __init__(self, project: Project, record: Record) -> None:
        self.project = project
        self.record = record
        self.renewing = False
        self.former_ports: tuple[Port, ...] = ()
        self.to_shared = False
        self.planned_input: Input | None = None
        self.wanted: dict[str, str] = {}
        self.planned_queues: Mapping[tuple[str, int], int] | None = None
        self.planned_databases: Mapping[tuple[str, str], str] | None = None
        self._turn = threading.Lock()

    @property
    def runtime(self) -> Runtime:
        """The runtime of its stack: the one that it was started with also stops it."""
        return self.project.runtimes(self.record.runtime)

    @property
    def stack(self) -> str | None:
        """The name of its stack; None until it has one."""
        return self.record.compose_project

    @property
    def start_command(self) -> str:
        """The command that starts its stack."""
        return f"wt.start {self.record.name}"

    @property
    def input(self) -> Input:
        """What describes its stack: the files of its branch, and those copied from main."""
        return self.planned_input or self.runtime.input(self.project, self.record.path)

    def update(self, **values: Any) -> None:  # noqa: ANN401 - the columns' own types
        """Change its record."""
        self.project.store.update(self.record, **values)
        self.refresh()

    def lease(self, column: str, choose: Callable[[Collection[Any]], str | int | None]) -> None:
        """Lease a value for it, such as a subnet; see `Leases.lease`."""
        self.project.store.lease(self.record, column, choose)
        self.refresh()

    def lease_slot(
        self, choose: Callable[[Collection[int], dict[tuple[int, str], str]], tuple[int, Iterable[Port]]]
    ) -> None:
        """Lease a slot with its ports; see `Leases.lease_slot`."""
        self.project.store.lease_slot(self.record, choose)
        self.refresh()

    def refresh(self) -> None:
        """Read again what is recorded of it.

        Raises:
            WorktreeGone: Another command removed it.
        """
        # Threads write in parallel: the last one to read sees what all have written.
        with self._turn:
            self.record = self.project.store.record(self.record.key)

    def note_schemes(self, schemes: Mapping[int, str]) -> None:
        """Record the schemes with which its published TCP ports answered, if they changed."""
        known = {port.published: port.scheme for port in self.ports}
        if news := {port: one for port, one in schemes.items() if known.get(port) != one}:
            self.project.store.note_schemes(self.record, news)

    @property
    def ports(self) -> tuple[Port, ...]:
        """Its leased ports."""
        return self.project.store.ports().get(self.record.key, ())

    @property
    def queues(self) -> Mapping[tuple[str, int], int]:
        """Its further Redis databases, by service and the number in main that they replace."""
        if self.planned_queues is not None:
            return self.planned_queues
        return {(one.service, one.main): one.own for one in self.project.store.queues(self.record)}

    @property
    def databases(self) -> Mapping[tuple[str, str], str]:
        """Its own databases, by service and the name in main that they replace.

        If it uses main's again, these are main's databases, by the names of its former own ones.
        """
        if self.planned_databases is not None:
            return self.planned_databases
        known = self.project.store.databases(self.record.project_id)
        found = [one for one in known if one.owner == self.record.key]
        former = [one for one in known if one.owner.startswith(f"{self.record.key}/")]
        if self.record.database == "shared":
            return {(one.service, one.name): one.main for one in (*former, *found)}
        now = {(one.service, one.main): one.name for one in found}
        moved = ((one, now.get((one.service, one.main))) for one in former)
        return now | {(one.service, one.name): name for one, name in moved if name}

    @property
    def entry(self) -> Entry | None:
        """Git's current entry for its directory; None if git does not know it."""
        return self.among(self.project.worktrees())

    def among(self, entries: Iterable[Entry]) -> Entry | None:
        """Return the entry for its directory among git's; None if there is none."""
        return next((one for one in entries if one.path == self.record.path), None)

    @once
    def model(self) -> Model:
        """The compose model of its own branch, without our override."""
        return self.runtime.model(self.project, self.record.path, self.record.compose_project)

    @property
    def roles(self) -> dict[str, Decision]:
        """The recorded roles of its services, by name; empty while it is renewed."""
        return {} if self.renewing else self._recorded_roles

    @once
    def _recorded_roles(self) -> dict[str, Decision]:
        # A worktree from before roles were recorded has them in its override.
        return self.project.store.decisions(self.record) or self._roles_in_override()

    def _roles_in_override(self) -> dict[str, Decision]:
        place = self.record.path / self.input.files.override
        if not place.is_file() or not files.inside(place, self.record.path):
            return {}
        text = files.read_text(place)
        return recorded_roles.roles_in(override_text.load(text)) if override_text.is_ours(text) else {}

    @property
    def services(self) -> tuple[Service, ...]:
        """Main's services, in their roles for this worktree."""
        return self._choose(self._of_main if self._requested_roles else self.project.services)

    @property
    def _requested_roles(self) -> dict[str, str]:
        return {**recorded_roles.requested_roles(self._recorded_roles), **self.wanted}

    @once
    def _of_main(self) -> tuple[Service, ...]:
        return self.project.services_for(self._requested_roles)

    @property
    def branch_services(self) -> tuple[Service, ...]:
        """Its branch's services, in their roles for this worktree."""
        return self._choose(self.decided)

    @once
    def decided(self) -> tuple[Service, ...]:
        """Its branch's services, in the roles that they would get now."""
        return self.project.decide(self.model, self.record.path, requested=self._requested_roles)

    def _choose(self, decided: tuple[Service, ...]) -> tuple[Service, ...]:
        return recorded_roles.choose_roles(decided, self.roles, in_main=self.project.model.services)

    def containers(self) -> tuple[Container, ...]:
        """Return the containers of its stack, stopped ones included."""
        return own_containers(self.project.engine, self.record)

    def volumes(self) -> tuple[str, ...]:
        """Return the names of the volumes that its stack made."""
        return own_volumes(self.project.engine, self.record)

    def alone(self) -> AbstractContextManager[None]:
        """Hold its lock, to keep out other commands."""
        return self.project.locks.alone(self.record.branch)


def trees(project: Project) -> tuple[Tree, ...]:
    """Return a project's worktrees."""
    return tuple(Tree(project, record) for record in project.records())
