"""Flow: list every worktree with its state; needs git, `docker ps` and the store, but no SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose.containers import by_service
from ...configuration.compose.recorded_decision import relied_on
from ...configuration.compose.stack_state import stack_state
from ...configuration.port_answers import DATA_PORTS
from ...configuration.ports import Port
from ...configuration.service_states import service_states
from ...configuration.stack_phase import unreachable
from ...configuration.worktree_result import UNKNOWN, Listing, MainCheckout
from ...errors import DockerUnavailable
from ...parallel import together
from ...quick_dataclasses import dataclass, replace
from ..steps.worktree_state import Seen, ask_docker, ask_git, containers_of_main, worktree_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from ...configuration.compose.containers import ListedContainer
    from ...configuration.worktree_result import Absent, Worktree
    from ...git import Entry
    from ...store import ProjectRecord, Record
    from ..steps.project import Project
    from ..steps.worktree_state import Docker

__all__ = ["everywhere", "gone", "listing", "unanswered"]


def listing(
    project: Project, docker: Docker | None = None, *, early: Callable[[Listing], object] | None = None
) -> Listing:
    """Return main and every worktree of the repository with its stack's state.

    Args:
        project: The project.
        docker: Docker's answer, if it was queried already.
        early: Receives the worktrees before any program is asked about them, if git's files tell which there
            are; nobody does by default.

    Returns:
        The listing; if Docker does not answer, only what git and the records know, with the reason.
    """
    known = project.known() or project.entry
    rows = _Rows(project, known, {record.path: record for record in project.records()})
    seen: list[Seen] = []
    answers: list[Docker] = []

    if early and (registered := git.registered_entries(project.repository)):
        early(rows.listed(_seen_first(project, registered)))
    begun = git.CheckoutLooks(project.repository, rows.records)
    together(
        lambda: seen.append(_look_at(project, rows.records, begun)),
        # The records know nearly all worktrees before git has listed them.
        lambda: begun.found,
        lambda: answers.append(docker or ask_docker(project.runtime)),
    )
    return rows.listed(seen[0], answers[0])


def everywhere(project: Project, *, early: Callable[[Listing], object] | None = None) -> Listing:
    """Return main and every worktree, including those on the machines that the project is set up on.

    Args:
        project: The project.
        early: Receives what is known so far, more each time, beginning with this machine; nobody does by
            default.
    """
    known = project.known()
    hosts = project.store.hosts(known) if known else ()
    if not hosts:
        return listing(project, early=early)
    from ..hosts.remote_listing import ask_hosts  # noqa: PLC0415 - most projects use no other machine

    found: list[Listing] = []
    far: list[tuple[tuple[Worktree, ...], tuple[Absent, ...]]] = []

    def look_here() -> None:
        found.append(listing(project, early=early))
        if early:
            early(found[0])

    together(look_here, lambda: far.append(ask_hosts(project, hosts)))
    trees, absent = far[0]
    return replace(found[0], worktrees=(*found[0].worktrees, *trees), absent=absent)


@dataclass(slots=True, frozen=True)
class _Rows:
    """What is recorded of a project; combined with what is seen, it makes a listing."""

    project: Project
    known: ProjectRecord
    records: Mapping[Path, Record]

    def listed(self, seen: Seen, docker: Docker | None = None) -> Listing:
        """Return the listing; before Docker was asked, or without its answer, the states are unknown."""
        project, known = self.project, self.known
        running = None if docker is None or docker.silence else docker.containers
        ports = project.store.ports(known)
        databases, idle = project.store.own_databases(known.id), project.store.idle(known.id)
        mains = by_service(containers_of_main(project, running, known.name)) if running else {}
        # Before Docker was asked, nothing counts on main's services, and rows are wanted soon.
        asked = self.records.values() if docker else ()
        relied = {one.key: relied_on(project.store.decisions(one), mains) for one in asked}
        locked = project.locks.locked_of(one.branch for one in asked)
        entries = {entry.path: entry for entry in seen.entries}
        rows = [
            worktree_state(
                record,
                entries.get(record.path),
                running,
                ports.get(record.key, ()),
                seen,
                idle=idle.get(record.key, ()),
                lacking=unreachable(relied.get(record.key, ()), mains, record.network),
                working=record.branch in locked,
                databases=databases.get(record.key, ()),
            )
            for record in self.records.values()
        ]
        strangers = (entry for entry in seen.linked if entry.path not in self.records)
        rows += [worktree_state(None, entry, running, (), seen) for entry in strangers]
        entry = entries.get(project.main)
        # What worktrees count on in main, or run themselves on a port, is no job there.
        serving = {port.service for leased in ports.values() for port in leased}.union(*relied.values())
        main = MainCheckout(
            project.main,
            entry.branch if entry else None,
            UNKNOWN if running is None else stack_state(mains.values(), serving & mains.keys()),
            service_states(
                mains.values(), _ports_of_main(mains, ports.values()), "localhost", serving=serving
            ),
            seen.times.get(entry.head or "") if entry else None,
        )
        return Listing(known.name, main, tuple(rows), docker.silence if docker else ())


def unanswered(listings: Iterable[Listing]) -> DockerUnavailable | None:
    """Return one error if Docker's part is missing from any listing; None if it is in all."""
    silence = next((one.silence for one in listings if one.silence), None)
    return DockerUnavailable(silence[0], silence[1], kind=silence[2]) if silence else None


def _ports_of_main(mains: Mapping[str, ListedContainer], leased: Iterable[Iterable[Port]]) -> list[Port]:
    """Return the ports on which main itself serves what worktrees serve with their own services.

    Before there is a worktree, these are all ports that are not known to be data ports.
    """
    leased = list(leased)
    if not leased:
        pages = (
            Port(name, target, published=published)
            for name, one in mains.items()
            for target, published, protocol in one.published
            if protocol == "tcp" and target not in DATA_PORTS
        )
        # The engine lists containers as they were started; a front end has seldom the lowest port.
        return sorted(pages, key=lambda port: port.published or 0)
    found: dict[tuple[str, int, str], Port] = {}
    for port in (port for several in leased for port in several):
        for target, published, protocol in mains[port.service].published if port.service in mains else ():
            if protocol == port.protocol and (published == port.main or target == port.target):
                here = Port(port.service, target, protocol, published=published, scheme=port.scheme)
                place = port.service, published, protocol
                if not (known := found.get(place)) or not known.scheme:
                    found[place] = here
    return list(found.values())


def _look_at(project: Project, records: Mapping[Path, Record], begun: git.CheckoutLooks) -> Seen:
    entries: list[Entry] = []
    bases: list[str] = []
    together(
        lambda: entries.extend(project.worktrees()),
        lambda: bases.append(git.default_commit(project.repository, project.settings.base)),
    )
    linked = _seen_first(project, tuple(entries)).linked
    return ask_git(project, entries, linked, records.values(), bases[0], begun)


def _seen_first(project: Project, entries: tuple[Entry, ...]) -> Seen:
    """Return what is known from the list of worktrees alone."""
    linked = (one for one in entries if one.path != project.main and not one.bare and one.prunable is None)
    return Seen(entries, tuple(linked))


def gone(project: ProjectRecord, records: Iterable[Record]) -> Listing:
    """Return what is known of a project whose main checkout is gone."""
    rows = tuple(worktree_state(record, None, (), (), Seen()) for record in records)
    return Listing(project.name, MainCheckout(project.main, None, "missing"), rows)
