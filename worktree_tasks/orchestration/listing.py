"""Flow: every worktree with its state; needs git, `docker ps` and the store, and none of the SDKs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import compose
from .. import repository as git
from ..configuration.containers import stack_state
from ..configuration.worktree import (
    Listing,
    MainCheckout,
    PublishedPort,
    ServiceState,
    Worktree,
    WorktreeChanges,
)
from .lanes import together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ..configuration.containers import Container
    from ..configuration.ports import Port
    from ..repository import Changes
    from ..repository import Worktree as Tree
    from ..store import Record
    from .site import Site

__all__ = ["listing", "view"]


def listing(site: Site) -> Listing:
    """Return main and every worktree of the repository with its stack's state.

    Raises:
        DockerUnavailable: No engine answers.
    """
    known = site.known() or site.project
    trees = git.worktrees(site.repository)
    base = git.default_branch(site.repository, site.settings.base)
    containers: list[Container] = []
    changes: dict[str, Changes] = {}
    linked = [tree for tree in trees if tree.path != site.main and not tree.bare and tree.prunable is None]

    def ask_git() -> None:
        found = git.all_changes(site.repository, linked, base=base)
        changes.update({str(path): one for path, one in found.items()})

    together(lambda: containers.extend(compose.containers()), ask_git)
    records = {record.path: record for record in site.store.records(known)}
    ports = site.store.ports(known)
    merged = _merged(site, linked, records.values(), base)
    rows = [
        _worktree(record, _tree(trees, record), containers, ports.get(record.key, ()), changes, merged)
        for record in records.values()
    ]
    rows += [
        _worktree(None, tree, containers, (), changes, merged) for tree in linked if tree.path not in records
    ]
    mains = [one for one in containers if one.project == known.name]
    main_tree = next((tree for tree in trees if tree.path == site.main), None)
    main = MainCheckout(
        site.main,
        main_tree.branch if main_tree else None,
        stack_state(mains, ()),
        _services(mains, (), "localhost"),
    )
    return Listing(known.name, main, tuple(rows))


def _merged(site: Site, trees: Iterable[Tree], records: Iterable[Record], base: str) -> dict[str, str | None]:
    """Return how each worktree's work got into the base, by path."""
    starts = {record.path: record.start_commit for record in records}
    candidates = {
        str(tree.path): git.Candidate(tree.head, tree.branch, starts.get(tree.path))
        for tree in trees
        if tree.head
    }
    return dict(git.all_merged(site.repository, candidates, base=base, cache=site.store.verdicts()))


def view(site: Site, record: Record) -> Worktree:
    """Return one worktree with its stack's state."""
    tree = _tree(git.worktrees(site.repository), record)
    base = git.default_branch(site.repository, site.settings.base)
    changes: dict[str, Changes] = {}
    if tree and tree.path.is_dir():
        changes[str(tree.path)] = git.changes(site.repository, tree, base=base)
    merged = _merged(site, [tree] if tree else [], [record], base)
    leased = site.store.ports().get(record.key, ())
    return _worktree(record, tree, compose.containers(), leased, changes, merged)


def _tree(trees: Iterable[Tree], record: Record) -> Tree | None:
    return next((tree for tree in trees if tree.path == record.path), None)


def _worktree(
    record: Record | None,
    tree: Tree | None,
    containers: Iterable[Container],
    ports: Iterable[Port],
    changes: Mapping[str, Changes],
    merged: Mapping[str, str | None],
) -> Worktree:
    path = record.path if record else tree.path if tree else None
    assert path is not None  # noqa: S101 - a row is made of one of the two
    found = changes.get(str(path))
    mine = [one for one in containers if record and one.labels.get("worktree-tasks.key") == record.key]
    ports = tuple(ports)
    services = _services(mine, ports, record.host if record else "")
    return Worktree(
        name=record.name if record else path.name,
        branch=tree.branch if tree else record.branch if record else None,
        path=path,
        slot=record.slot if record else None,
        url=next((port.url for service in services.values() for port in service.ports), None),
        compose_project=record.compose_project if record else None,
        state=_state(record, tree, mine, ports),
        services=services,
        database=record.database if record else None,
        changes=WorktreeChanges(found.modified, found.untracked, found.ahead, found.behind, found.unpushed)
        if found
        else None,
        merged=merged.get(str(path)),
        locked=tree.locked if tree else None,
    )


def _state(record: Record | None, tree: Tree | None, mine: list[Container], ports: tuple[Port, ...]) -> str:
    if record is None:
        return "unmanaged"
    if tree is None or tree.prunable is not None or not record.path.is_dir():
        return "missing"
    return stack_state(mine, {port.service for port in ports if port.published is not None})


def _services(containers: Iterable[Container], ports: Iterable[Port], host: str) -> dict[str, ServiceState]:
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
            by_service[name].state if name in by_service else "created",
            by_service[name].health if name in by_service else None,
            tuple(published.get(name, ())),
        )
        for name in names
    }
