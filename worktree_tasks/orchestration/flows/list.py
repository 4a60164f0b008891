"""Flow: every worktree with its state; needs git, `docker ps` and the store, and none of the SDKs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose.containers import stack_state
from ...configuration.ports import Port
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
    find_tree,
    service_states,
    worktree_state,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from ...configuration.compose.containers import Container
    from ...git import Worktree as Tree
    from ...store import Project, Record
    from ..steps.project import Site
    from ..steps.worktree_state import (
        Docker,
    )

__all__ = ["gone", "listing", "unanswered"]


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
    seen: list[Seen] = []
    told: list[Docker] = []
    together(lambda: seen.append(_seen(site, records)), lambda: told.append(docker or ask_docker()))
    silence = told[0].silence
    running = None if silence else told[0].containers
    trees, linked = seen[0].trees, seen[0].linked
    rows = [
        worktree_state(record, find_tree(trees, record), running, ports.get(record.key, ()), seen[0])
        for record in records.values()
    ]
    rows += [worktree_state(None, tree, running, (), seen[0]) for tree in linked if tree.path not in records]
    mains = [one for one in running or () if one.project == known.name]
    tree = next((tree for tree in trees if tree.path == site.main), None)
    main = MainCheckout(
        site.main,
        tree.branch if tree else None,
        UNKNOWN if running is None else stack_state(mains, ()),
        service_states(mains, _ports_of_main(mains, ports.values()), "localhost"),
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


def _seen(site: Site, records: Mapping[Path, Record]) -> Seen:
    trees: list[Tree] = []
    bases: list[str] = []
    together(
        lambda: trees.extend(git.worktrees(site.repository)),
        lambda: bases.append(git.default_commit(site.repository, site.settings.base)),
    )
    linked = [tree for tree in trees if tree.path != site.main and not tree.bare and tree.prunable is None]
    return ask_git(site, trees, linked, records.values(), bases[0])


def gone(project: Project, records: Iterable[Record]) -> Listing:
    """Return what is known of a project whose main checkout is not there any more."""
    rows = tuple(worktree_state(record, None, (), (), Seen()) for record in records)
    return Listing(project.name, MainCheckout(project.main, None, "missing"), rows)
