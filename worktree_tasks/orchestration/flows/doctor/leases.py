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
from ...steps.worktree import tree_of
from .check import Look, found, usable
from .rebuilding import fill, traces_in_docker

if TYPE_CHECKING:
    from ....store import Record
    from ...steps.project import Site

__all__ = ["look", "look_for_orphans"]


def look_for_orphans(site: Site) -> Look:
    """Look for leases of worktrees that are in no record."""
    count = site.store.orphans()
    trouble = found(
        "lease",
        str(site.store.path),
        f"{count} leases and notes belong to no worktree",
        mend=site.store.drop_orphans,
    )
    return Look("each belongs to a worktree", (trouble,) if count else ())


def look(site: Site) -> Look:
    """Look for worktrees without a slot, a compose project, a network's name or the leases of their ports."""
    ready = usable(site)
    unleased = site.store.unleased(site.project)
    troubles = tuple(
        found(
            "lease",
            record.name,
            f"{record.name} has no {' and no '.join(lacking)}",
            fix=f"inv wt.start {shlex.quote(record.name)}",
            mend=partial(_lease, site, record),
        )
        for record in ready
        if (lacking := _lacking(record, unleased))
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


def _lease(site: Site, record: Record) -> None:
    """Lease what the worktree had, where that is told and free, and something else otherwise."""
    with holding(site, record) as now:
        record = now
        tree = tree_of(site, record)
        in_docker = next((one for one in traces_in_docker(site) if one.key == record.key), None)
        trace = (trace_in(site, tree) if tree else None) or in_docker
        if trace is not None and trace.key in (None, record.key):
            record = fill(site, record, trace)
        record = lease_network(site, lease_stack_name(site, record))
        record = write_env(site, allocate_port(site, record))
        write_compose(site, record)
