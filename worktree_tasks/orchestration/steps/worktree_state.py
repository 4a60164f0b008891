"""The state of a worktree and its stack, combined from its record, git and Docker."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose.containers import by_service
from ...configuration.compose.recorded_decision import relied_on
from ...configuration.compose.stack_state import stack_state
from ...configuration.ports import publishing
from ...configuration.service_states import first_url, service_states, with_docker_ports
from ...configuration.stack_phase import phase_of, unreachable
from ...configuration.worktree_result import UNKNOWN, UP, Worktree, WorktreeChanges
from ...errors import DockerUnavailable
from ...parallel import together
from ...quick_dataclasses import dataclass, replace
from .stack_resources import is_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ...configuration.compose.containers import ListedContainer
    from ...configuration.ports import Port
    from ...configuration.state_words import Merged, State
    from ...configuration.worktree_result import OwnDatabase
    from ...git import Changes, Entry
    from ...store import Record
    from ..runtimes.runtime import Runtime
    from ..steps.project import Project
    from .worktree_handle import Tree

__all__ = [
    "Docker",
    "Seen",
    "ask_docker",
    "ask_git",
    "containers_of_main",
    "look",
    "view",
    "worktree_state",
]

# What git knows is not held back for longer.
_DOCKER_SECONDS = 5.0


@dataclass(slots=True, frozen=True)
class Docker:
    """Docker's answer: the containers of all compose projects, or the reason why there is none."""

    containers: tuple[ListedContainer, ...] = ()
    silence: tuple[str, ...] = ()


def ask_docker(runtime: Runtime) -> Docker:
    """Query Docker for containers, with a short timeout."""
    try:
        return Docker(runtime.listed(seconds=_DOCKER_SECONDS))
    except DockerUnavailable as error:
        return Docker(silence=(error.what, error.hint, error.kind))


@dataclass(slots=True, frozen=True)
class Seen:
    """What git knows about worktrees: changes and merge states by path, commit times by commit."""

    entries: tuple[Entry, ...] = ()
    linked: tuple[Entry, ...] = ()
    changes: Mapping[str, Changes] = MappingProxyType({})
    merged: Mapping[str, Merged | None] = MappingProxyType({})
    times: Mapping[str, int] = MappingProxyType({})


def containers_of_main(
    project: Project, listed: Collection[ListedContainer], known: str
) -> tuple[ListedContainer, ...]:
    """Return main's containers from a list of all, none of another checkout whose stack has main's name."""
    name = project.runtime.main_among(project, listed, known)
    return project.without_foreign(one for one in listed if one.project == name)


def ask_git(
    project: Project,
    entries: Sequence[Entry],
    chosen: Sequence[Entry],
    records: Iterable[Record],
    base: str,
    begun: git.CheckoutLooks | None = None,
) -> Seen:
    """Query git for everything about the chosen worktrees, in parallel.

    Args:
        project: The project.
        entries: All worktrees, whose last commits have times.
        chosen: The worktrees to query git for.
        records: The records, which know where branches began.
        base: The commit that branches are compared with.
        begun: Looks at checkouts that were begun before.
    """
    starts = {record.path: record.start_commit for record in records}
    candidates = {
        str(entry.path): git.Candidate(entry.head, entry.branch, starts.get(entry.path))
        for entry in chosen
        if entry.head
    }
    store = project.store
    cache = store.verdicts(), store.distances(), store.commit_times()
    verdicts, distances, ages = cache if git.has_fixed_history(project.repository) else (None, None, None)
    changes: dict[str, Changes] = {}
    merged: dict[str, Merged | None] = {}
    times: dict[str, int] = {}
    heads = [entry.head for entry in entries if entry.head is not None]

    def ask_changes() -> None:
        found = git.all_changes(project.repository, chosen, base=base, known=distances, begun=begun)
        changes.update({str(path): one for path, one in found.items()})

    together(
        ask_changes,
        lambda: merged.update(git.all_merged(project.repository, candidates, base=base, cache=verdicts)),
        lambda: times.update(git.commit_times(project.repository, heads, ages)),
    )
    return Seen(tuple(entries), tuple(chosen), changes, merged, times)


def look(tree: Tree) -> Seen:
    """Return what git knows about one worktree."""
    known = git.references(tree.project.repository)
    entry = git.entry_of(tree.project.repository, tree.record.path, known)
    base = git.default_commit(tree.project.repository, tree.project.settings.base, known)
    chosen = [entry] if entry and entry.path.is_dir() else []
    # Only lists show commit times.
    seen = ask_git(tree.project, (), chosen, [tree.record], base)
    return replace(seen, entries=(entry,) if entry else ())


def view(tree: Tree, seen: Seen | None = None) -> Worktree:
    """Return one worktree with its stack's state; `look` is called unless its result is passed."""
    seen = seen or look(tree)
    listed = tree.runtime.listed()
    mains = by_service(containers_of_main(tree.project, listed, tree.project.name))
    wanted = relied_on(tree.project.store.decisions(tree.record), mains)
    lacking = unreachable(wanted, mains, tree.record.network)
    store, record = tree.project.store, tree.record
    return worktree_state(
        record,
        seen.entries[0] if seen.entries else None,
        listed,
        tree.ports,
        seen,
        idle=store.idle(record.project_id).get(record.key, frozenset()),
        lacking=lacking,
        databases=store.own_databases(record.project_id).get(record.key, ()),
    )


def worktree_state(
    record: Record | None,
    entry: Entry | None,
    containers: Iterable[ListedContainer] | None,
    ports: Iterable[Port],
    seen: Seen,
    *,
    idle: Collection[str] = (),
    lacking: tuple[str, ...] = (),
    working: bool = False,
    databases: tuple[OwnDatabase, ...] = (),
) -> Worktree:
    """Combine what is known about one worktree.

    Args:
        record: Its record; None if it is not ours.
        entry: Git's entry; None if git does not know it.
        containers: The containers of all stacks; None if Docker does not answer.
        ports: Its leased ports.
        seen: What git knows.
        idle: The services that its stack does not start; one that was started all the same counts.
        lacking: The services of main that it depends on and cannot reach, if its stack is running.
        working: Whether a command is working on it now.
        databases: Its own recorded databases.
    """
    path = record.path if record else entry.path if entry else None
    assert path is not None  # noqa: S101 - a row is made of one of the two
    found = seen.changes.get(str(path))
    mine = [one for one in containers or () if record and is_of(record, one)]
    idle = {*idle} - {one.service for one in mine}
    ports = with_docker_ports(tuple(ports), mine)
    wanted = tuple(port for port in ports if port.service not in idle)
    services = service_states(
        mine,
        ports,
        record.host if record else "",
        idle=idle,
        absent="created" if containers is not None else UNKNOWN,
    )
    state = _state(record, entry, mine if containers is not None else None, wanted)
    lacking = lacking if state in UP else ()
    made = record is None or record.state == "ready"
    return Worktree(
        name=record.name if record else path.name,
        branch=entry.branch if entry else record.branch if record else None,
        path=path,
        slot=record.slot if record else None,
        url=first_url(wanted, record.host) if record else None,
        compose_project=record.compose_project if record else None,
        state=state,
        phase=phase_of(
            state,
            {name: one for name, one in services.items() if not one.idle},
            made=made,
            working=working,
            lacking=lacking,
        ),
        services=services,
        database=record.database if record else None,
        changes=WorktreeChanges(found.modified, found.untracked, found.ahead, found.behind, found.unpushed)
        if found
        else None,
        merged=seen.merged.get(str(path)),
        locked=entry.held if entry else None,
        last_commit=seen.times.get(entry.head or "") if entry else None,
        lacking=lacking,
        databases=databases,
    )


def _state(
    record: Record | None, entry: Entry | None, mine: list[ListedContainer] | None, ports: tuple[Port, ...]
) -> State:
    if record is None:
        return "unmanaged"
    if entry is None or entry.prunable is not None or not record.path.is_dir():
        return "missing"
    if mine is None:
        return UNKNOWN
    return stack_state(mine, publishing(ports))
