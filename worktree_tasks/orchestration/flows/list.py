"""Flow: every worktree with its state; needs git, `docker ps` and the store, and none of the SDKs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose.containers import stack_state
from ...configuration.ports import Port
from ...configuration.readiness import DATA_PORTS
from ...configuration.results import (
    UNKNOWN,
    Listing,
    MainCheckout,
)
from ...errors import DockerUnavailable
from ...parallel import together
from ..steps.worktree_state import (
    Seen,
    ask_docker,
    ask_git,
    lacking_of,
    of_main,
    service_states,
    worktree_state,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ...configuration.compose.containers import ListedContainer
    from ...git import Entry
    from ...store import ProjectRecord, Record
    from ..steps.project import Project
    from ..steps.worktree_state import (
        Docker,
    )

__all__ = ["gone", "listing", "unanswered"]


def listing(project: Project, docker: Docker | None = None) -> Listing:
    """Return main and every worktree of the repository with its stack's state.

    Args:
        project: The project.
        docker: What Docker told, where it was asked already.

    Returns:
        Where Docker does not answer, what git and the records tell, with why there is no more.
    """
    known = project.known() or project.entry
    records = {record.path: record for record in project.records()}
    ports = project.store.ports(known)
    seen: list[Seen] = []
    told: list[Docker] = []
    together(
        lambda: seen.append(_seen(project, records)),
        lambda: told.append(docker or ask_docker(project.runtime)),
    )
    silence = told[0].silence
    running = None if silence else told[0].containers
    mains = of_main(project, running or (), known.name)
    entries = {entry.path: entry for entry in seen[0].entries}
    rows = [
        worktree_state(
            record,
            entries.get(record.path),
            running,
            ports.get(record.key, ()),
            seen[0],
            lacking=lacking_of(project, record, mains),
            working=project.locks.locked(record.branch),
        )
        for record in records.values()
    ]
    strangers = (entry for entry in seen[0].linked if entry.path not in records)
    rows += [worktree_state(None, entry, running, (), seen[0]) for entry in strangers]
    entry = entries.get(project.main)
    main = MainCheckout(
        project.main,
        entry.branch if entry else None,
        UNKNOWN if running is None else stack_state(mains, ()),
        service_states(mains, _ports_of_main(mains, ports.values()), "localhost"),
        seen[0].times.get(entry.head or "") if entry else None,
    )
    return Listing(known.name, main, tuple(rows), silence)


def unanswered(listings: Iterable[Listing]) -> DockerUnavailable | None:
    """Return the error, once, that Docker's side of listings is missing; None where it is there."""
    silence = next((one.silence for one in listings if one.silence), None)
    return DockerUnavailable(silence[0], silence[1], kind=silence[2]) if silence else None


def _ports_of_main(mains: Iterable[ListedContainer], leased: Iterable[Iterable[Port]]) -> list[Port]:
    """Return the ports on which main itself serves what worktrees have of their own.

    Before there is a worktree, these are all that are not known to be for data.
    """
    leased = list(leased)
    if not leased:
        pages = (
            (one.service, place) for one in mains for place in one.published if place[0] not in DATA_PORTS
        )
        return [Port(service, target, published=published) for service, (target, published) in pages]
    by_service = {one.service: one.published for one in mains}
    found: dict[tuple[str, int], Port] = {}
    for port in (port for several in leased for port in several):
        for target, published in by_service.get(port.service, ()):
            if published == port.main or target == port.target:
                here = Port(port.service, target, published=published, scheme=port.scheme)
                if not (known := found.get((port.service, published))) or not known.scheme:
                    found[port.service, published] = here
    return list(found.values())


def _seen(project: Project, records: Mapping[Path, Record]) -> Seen:
    entries: list[Entry] = []
    bases: list[str] = []

    def ask_base() -> None:
        known = git.references(project.repository)
        bases.append(git.default_commit(project.repository, project.settings.base, known))

    together(lambda: entries.extend(project.worktrees()), ask_base)
    linked = [one for one in entries if one.path != project.main and not one.bare and one.prunable is None]
    return ask_git(project, entries, linked, records.values(), bases[0])


def gone(project: ProjectRecord, records: Iterable[Record]) -> Listing:
    """Return what is known of a project whose main checkout is not there any more."""
    rows = tuple(worktree_state(record, None, (), (), Seen()) for record in records)
    return Listing(project.name, MainCheckout(project.main, None, "missing"), rows)
