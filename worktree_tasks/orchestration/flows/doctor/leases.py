"""Checks: no lease is without its worktree, and no worktree without its leases."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

from ...runtimes.compose.network import lease_network
from ...runtimes.compose.override import write_compose
from ...steps.compose_project import lease_stack_name
from ...steps.env_files import write_env
from ...steps.holding import holding
from ...steps.ports import allocate_port
from ...steps.unrecorded import trace_in
from .check import Look, found, usable
from .rebuilding import fill, traces_in_docker

if TYPE_CHECKING:
    from ....store import Record
    from ...steps.project import Project
    from ...steps.tree import Tree

__all__ = ["look", "look_for_orphans"]


def look_for_orphans(project: Project) -> Look:
    """Look for leases of worktrees that are in no record."""
    count = project.store.orphans()
    trouble = found(
        "lease",
        str(project.store.path),
        f"{count} leases and notes belong to no worktree",
        mend=project.store.drop_orphans,
    )
    return Look("each belongs to a worktree", (trouble,) if count else ())


def look(project: Project) -> Look:
    """Look for worktrees without a slot, a compose project, a network's name or the leases of their ports."""
    ready = usable(project)
    unleased = project.store.unleased(project.entry)
    troubles = tuple(
        found(
            "lease",
            tree.record.name,
            f"{tree.record.name} has no {' and no '.join(lacking)}",
            fix=f"inv wt.start {shlex.quote(tree.record.name)}",
            mend=partial(_lease, tree),
        )
        for tree in ready
        if (lacking := _lacking(tree.record, unleased))
    )
    return Look(f"{len(ready)} worktrees have theirs", troubles)


def _lacking(record: Record, unleased: frozenset[str]) -> list[str]:
    if record.restored and record.compose_project is None:
        return []  # a restored worktree has no stack before it is started
    wanted = {
        "slot": record.slot,
        "compose project": record.compose_project,
        "network name": record.network,
        "lease of its ports": None if record.key in unleased else True,
    }
    return [name for name, value in wanted.items() if value is None]


def _lease(tree: Tree) -> None:
    """Lease what the worktree had, where that is told and free, and something else otherwise."""
    with holding(tree):
        entry = tree.entry
        in_docker = next((one for one in traces_in_docker(tree.project) if one.key == tree.record.key), None)
        trace = (trace_in(tree.project, entry) if entry else None) or in_docker
        if trace is not None and trace.key in (None, tree.record.key):
            fill(tree, trace)
        lease_stack_name(tree)
        lease_network(tree)
        allocate_port(tree)
        write_env(tree)
        write_compose(tree)
