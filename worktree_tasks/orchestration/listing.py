"""Flow: every worktree with its state; needs git, `docker ps` and the store, and none of the SDKs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .. import compose
from .. import repository as git
from ..configuration.containers import stack_state
from ..configuration.ports import Port
from ..configuration.worktree import (
    UNKNOWN,
    Listing,
    MainCheckout,
    PublishedPort,
    ServiceState,
    Worktree,
    WorktreeChanges,
)
from ..errors import DockerUnavailable
from .belongings import is_of
from .lanes import together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from ..configuration.containers import Container
    from ..repository import Changes
    from ..repository import Worktree as Tree
    from ..store import Project, Record
    from .site import Site

__all__ = ["Docker", "ask_docker", "gone", "listing", "unanswered", "view"]

# What git tells is not kept waiting for long.
_DOCKER_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Docker:
    """What Docker tells: the containers of all compose projects; or why it tells nothing."""

    containers: tuple[Container, ...] = ()
    silence: tuple[str, ...] = ()


def ask_docker() -> Docker:
    """Ask Docker for containers, and wait for no more than a moment."""
    try:
        return Docker(compose.containers(seconds=_DOCKER_SECONDS))
    except DockerUnavailable as error:
        return Docker(silence=(error.what, error.hint))


def listing(site: Site, docker: Docker | None = None) -> Listing:
    """Return main and every worktree of the repository with its stack's state.

    Args:
        site: The project.
        docker: What Docker told, where it was asked already.

    Returns:
        Where Docker does not answer, what git and the records tell, with why there is no more.
    """
    known = site.known() or site.project
    records = {record.path: record for record in site.store.records(known)}
    ports = site.store.ports(known)
    seen: list[_Seen] = []
    told: list[Docker] = []
    together(lambda: seen.append(_seen(site, records)), lambda: told.append(docker or ask_docker()))
    silence = told[0].silence
    running = None if silence else told[0].containers
    trees, linked = seen[0].trees, seen[0].linked
    rows = [
        _worktree(record, _tree(trees, record), running, ports.get(record.key, ()), seen[0])
        for record in records.values()
    ]
    rows += [_worktree(None, tree, running, (), seen[0]) for tree in linked if tree.path not in records]
    mains = [one for one in running or () if one.project == known.name]
    tree = next((tree for tree in trees if tree.path == site.main), None)
    main = MainCheckout(
        site.main,
        tree.branch if tree else None,
        UNKNOWN if running is None else stack_state(mains, ()),
        _services(mains, _ports_of_main(mains, ports.values()), "localhost"),
        seen[0].times.get(tree.head or "") if tree else None,
    )
    return Listing(known.name, main, tuple(rows), silence)


def unanswered(listings: Iterable[Listing]) -> DockerUnavailable | None:
    """Return the error, once, that Docker's side of listings is missing; None where it is there."""
    silence = next((one.silence for one in listings if one.silence), None)
    return DockerUnavailable(*silence) if silence else None


def _ports_of_main(mains: Iterable[Container], leased: Iterable[Iterable[Port]]) -> list[Port]:
    """Return the ports on which main itself serves what worktrees have of their own."""
    served = dict.fromkeys(port.service for several in leased for port in several)
    by_service = {one.service: one for one in mains}
    return [
        Port(service, target, published=published)
        for service in served
        if service in by_service
        for target, published in by_service[service].published
    ]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What git tells of worktrees: counts and ways into the base by path, times by commit."""

    trees: tuple[Tree, ...] = ()
    linked: tuple[Tree, ...] = ()
    changes: Mapping[str, Changes] = field(default_factory=dict)
    merged: Mapping[str, str | None] = field(default_factory=dict)
    times: Mapping[str, int] = field(default_factory=dict)


def _seen(site: Site, records: Mapping[Path, Record]) -> _Seen:
    trees: list[Tree] = []
    bases: list[str] = []
    together(
        lambda: trees.extend(git.worktrees(site.repository)),
        lambda: bases.append(git.default_branch(site.repository, site.settings.base)),
    )
    linked = [tree for tree in trees if tree.path != site.main and not tree.bare and tree.prunable is None]
    return _asked(site, trees, linked, records.values(), bases[0])


def _asked(
    site: Site, trees: Sequence[Tree], chosen: Sequence[Tree], records: Iterable[Record], base: str
) -> _Seen:
    """Ask git all there is to ask of the chosen worktrees, side by side."""
    starts = {record.path: record.start_commit for record in records}
    candidates = {
        str(tree.path): git.Candidate(tree.head, tree.branch, starts.get(tree.path))
        for tree in chosen
        if tree.head
    }
    cache = site.store.verdicts()
    changes: dict[str, Changes] = {}
    merged: dict[str, str | None] = {}
    times: dict[str, int] = {}

    def ask_changes() -> None:
        found = git.all_changes(site.repository, chosen, base=base)
        changes.update({str(path): one for path, one in found.items()})

    together(
        ask_changes,
        lambda: merged.update(git.all_merged(site.repository, candidates, base=base, cache=cache)),
        lambda: times.update(
            git.commit_times(site.repository, (tree.head for tree in trees if tree.head is not None))
        ),
    )
    return _Seen(tuple(trees), tuple(chosen), changes, merged, times)


def gone(project: Project, records: Iterable[Record]) -> Listing:
    """Return what is known of a project whose main checkout is not there any more."""
    rows = tuple(_worktree(record, None, (), (), _Seen()) for record in records)
    return Listing(project.name, MainCheckout(project.main, None, "missing"), rows)


def view(site: Site, record: Record) -> Worktree:
    """Return one worktree with its stack's state."""
    tree = _tree(git.worktrees(site.repository), record)
    base = git.default_branch(site.repository, site.settings.base)
    chosen = [tree] if tree and tree.path.is_dir() else []
    leased = site.store.ports().get(record.key, ())
    seen = _asked(site, chosen, chosen, [record], base)
    return _worktree(record, tree, compose.containers(), leased, seen)


def _tree(trees: Iterable[Tree], record: Record) -> Tree | None:
    return next((tree for tree in trees if tree.path == record.path), None)


def _worktree(
    record: Record | None,
    tree: Tree | None,
    containers: Iterable[Container] | None,
    ports: Iterable[Port],
    seen: _Seen,
) -> Worktree:
    path = record.path if record else tree.path if tree else None
    assert path is not None  # noqa: S101 - a row is made of one of the two
    found = seen.changes.get(str(path))
    mine = [one for one in containers or () if record and is_of(record, one)]
    ports = tuple(ports)
    services = _services(
        mine, ports, record.host if record else "", absent="created" if containers is not None else UNKNOWN
    )
    return Worktree(
        name=record.name if record else path.name,
        branch=tree.branch if tree else record.branch if record else None,
        path=path,
        slot=record.slot if record else None,
        url=next((port.url for service in services.values() for port in service.ports), None),
        compose_project=record.compose_project if record else None,
        state=_state(record, tree, mine if containers is not None else None, ports),
        services=services,
        database=record.database if record else None,
        changes=WorktreeChanges(found.modified, found.untracked, found.ahead, found.behind, found.unpushed)
        if found
        else None,
        merged=seen.merged.get(str(path)),
        locked=tree.locked if tree else None,
        last_commit=seen.times.get(tree.head or "") if tree else None,
    )


def _state(
    record: Record | None, tree: Tree | None, mine: list[Container] | None, ports: tuple[Port, ...]
) -> str:
    if record is None:
        return "unmanaged"
    if tree is None or tree.prunable is not None or not record.path.is_dir():
        return "missing"
    if mine is None:
        return UNKNOWN
    return stack_state(mine, {port.service for port in ports if port.published is not None})


def _services(
    containers: Iterable[Container], ports: Iterable[Port], host: str, *, absent: str = "created"
) -> dict[str, ServiceState]:
    """Return services by name: those that publish a port first, in the compose file's order."""
    by_service = {one.service: one for one in containers}
    published: dict[str, list[PublishedPort]] = {}
    for port in ports:
        if port.published is not None:
            url = f"http://{host}:{port.published}"
            published.setdefault(port.service, []).append(PublishedPort(port.target, port.published, url))
    names = dict.fromkeys((*published, *sorted(by_service)))
    return {
        name: ServiceState(
            by_service[name].state if name in by_service else absent,
            by_service[name].health if name in by_service else None,
            tuple(published.get(name, ())),
        )
        for name in names
    }
