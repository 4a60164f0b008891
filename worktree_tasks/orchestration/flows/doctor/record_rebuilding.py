"""Rebuild a lost record from the override file, container and network labels, env files and git."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from .... import git
from ....configuration import naming, ports, record_traces
from ....configuration.compose.model_ports import published_ports
from ....configuration.compose.service_roles import own
from ....configuration.env.own_queues import replaced_databases
from ....configuration.paths_during_removal import home_path
from ....errors import BadUse, Failure
from ....machine import files
from ....quick_dataclasses import replace
from ....store import Record
from ...steps.address_targets import all_values, surroundings
from ...steps.env_file_writing import note_in_sync, text_from_main
from ...steps.needed_files import env_files
from ...steps.port_variables import following
from ...steps.ports import own_ports
from ...steps.queue_databases import first_place, lease_again
from ...steps.unrecorded_worktrees import env_values
from ...steps.url_host import host_for
from ...steps.virtual_hosts import record_virtual_hosts
from ...steps.worktree_handle import Tree
from ...steps.written_files import note_written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ....configuration.ports import Port
    from ....configuration.record_traces import Trace
    from ....git import Entry
    from ...steps.project import Project

__all__ = ["fill", "rebuild"]


def rebuild(project: Project, entry: Entry, trace: Trace) -> Tree:
    """Record a worktree again, as far as its traces show what it was."""
    trace = project.runtime.completed(project, trace)
    key = trace.key or uuid.uuid4().hex
    branch = _branch(trace) or entry.branch or trace.name or entry.path.name
    taken = {one.name for one in project.records()}
    name = trace.name or entry.path.name
    name = name if name not in taken else naming.slug(branch, taken)
    record = Record(
        id=0,
        key=key,
        project_id=project.entry.id,
        name=name,
        branch=branch,
        path=entry.path,
        # A directory that a removal moved aside means an unfinished removal.
        state="ready" if home_path(entry.path, key) == entry.path else "removing",
        start_commit=_start(project, branch),
        # Unknown; a branch that we did not make must not be deleted.
        made_branch=False,
        runtime=project.runtime.name,
        host=host_for(project, name),
        created=git.made_at(project.repository, entry.path) or time.time(),
        # It has been used: hooks that fill a new worktree must not run in it.
        opened=True,
    )
    tree = Tree(project, record)
    fill(tree, trace)
    _recognise(tree)
    git.mark(project.repository, tree.record.path, tree.record.key, project.store.path.parent)
    return tree


def _branch(trace: Trace) -> str | None:
    try:
        git.valid_branch(trace.branch or "")
    except BadUse:
        return None
    return trace.branch


def fill(tree: Tree, trace: Trace) -> None:
    """Fill in what a record lacks from a trace, and write it."""
    trace = tree.runtime.completed(tree.project, trace)
    tree.record = replace(
        tree.record,
        compose_project=tree.record.compose_project or trace.compose_project,
        network=tree.record.network or trace.network,
        subnet=tree.record.subnet or trace.subnet,
    )
    slot, found = _ports(tree, trace)
    tree.record = replace(tree.record, slot=slot)
    queues, first = _queues(tree, trace), first_place(tree)
    number = queues.pop(first, None) if first else None
    if tree.record.broker_database is None:
        tree.record = replace(tree.record, broker_database=number)
    tree.record = tree.project.store.readmit(tree.record, found)
    lease_again(tree, queues)
    record_virtual_hosts(tree)


def _start(project: Project, branch: str) -> str | None:
    try:
        base = project.base
    except (BadUse, Failure):
        return None
    return git.start_of(project.repository, branch, base=base)


def _ports(tree: Tree, trace: Trace) -> tuple[int | None, tuple[Port, ...]]:
    """Return the slot and the ports that a worktree had: first those of services that main has too."""
    bases = own_ports(tree.project, tree.services)
    traced = record_traces.leased(trace, tree.project.settings.bind)
    pairs = ports.matched(bases, traced)
    slot = tree.record.slot or trace.slot
    if slot is None:
        offsets = [one.published - port.base for port, one in pairs if one and one.published and port.base]
        slot = next((offset for offset in offsets if offset > 0), None)
    if slot is None:
        return None, ()
    found = following(
        tree,
        [
            replace(port, published=one.published) if one else port
            for port, (_, one) in zip(ports.assign(bases, slot), pairs, strict=True)
        ],
    )
    remaining = list(traced)
    for _, one in pairs:
        if one:
            remaining.remove(one)
    return slot, (*found, *(_branch_ports(tree, found, remaining) if remaining else ()))


def _branch_ports(tree: Tree, found: Iterable[Port], remaining: Iterable[Port]) -> Iterable[Port]:
    """Yield the ports that only the worktree's branch publishes, from the remaining ones of a trace."""
    try:
        model = tree.model
    except BadUse:
        return
    services = [one.name for one in own(tree.branch_services)]
    published = ports.with_bases(published_ports(model, services))
    fresh = [port for port, of_main in ports.matched(published, found) if of_main is None]
    for port, traced in ports.matched(fresh, remaining):
        if traced:
            yield replace(port, published=traced.published)


def _queues(tree: Tree, trace: Trace) -> dict[tuple[str, int], int]:
    """Return the worktree's Redis databases, by those of main's that they replace."""
    mains = all_values(tree)
    here = {**mains, **dict(trace.environment), **env_values(tree.project, tree.record.path)}
    return replaced_databases(mains, here, surroundings(tree, ()))


def _recognise(tree: Tree) -> None:
    """Record the env files that are exactly what we would write: unedited, and up to date with main."""
    if tree.record.slot is None or tree.record.compose_project is None:
        return
    for name in env_files(tree.project):
        mine = tree.record.path / name
        if mine.is_file() and files.read_text(mine) == text_from_main(tree, name):
            note_written(tree, [name])
            note_in_sync(tree, name)
