"""Checks: each lease has its worktree, and each worktree its leases."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

from ....configuration.formatting import spoken_count
from ...steps.doctor_check import CheckLook, found, usable, worktree_count
from ...steps.unrecorded_worktrees import trace_in
from ...steps.worktree_lock import holding
from ..step_order import carry_out
from .record_rebuilding import fill

if TYPE_CHECKING:
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree

__all__ = ["look", "look_for_orphans"]


def look_for_orphans(project: Project) -> CheckLook:
    """Look for leases of worktrees that have no record."""
    count = project.store.orphans()
    trouble = found(
        "lease",
        str(project.store.path),
        f"{spoken_count(count, 'lease or note', 'leases and notes')} without a worktree",
        repair=project.store.drop_orphans,
    )
    return CheckLook("all belong to a worktree", (trouble,) if count else ())


def look(project: Project) -> CheckLook:
    """Look for worktrees without a slot, a compose project, a network name or port leases."""
    ready = usable(project)
    unleased = project.store.unleased(project.entry)
    troubles = tuple(
        found(
            "lease",
            tree.record.name,
            f"{tree.record.name} has no {' and no '.join(lacking)}",
            fix=f"wt.start {shlex.quote(tree.record.name)}",
            repair=partial(_lease, tree),
        )
        for tree in ready
        if (lacking := _lacking(tree, unleased))
    )
    return CheckLook(f"{worktree_count(ready)} with all of theirs", troubles)


def _lacking(tree: Tree, unleased: frozenset[str]) -> list[str]:
    if tree.record.restored and tree.record.compose_project is None:
        return []  # a restored worktree has no stack until it is started
    return [
        *(["slot"] if tree.record.slot is None else []),
        *tree.runtime.lacking(tree),
        *(["lease of its ports"] if tree.record.key in unleased else []),
    ]


def _lease(tree: Tree) -> None:
    """Lease what the worktree had, if that is known and free, and something else otherwise."""
    with holding(tree):
        entry = tree.entry
        in_docker = next(
            (one for one in tree.runtime.traces(tree.project) if one.key == tree.record.key), None
        )
        trace = (trace_in(tree.project, entry) if entry else None) or in_docker
        if trace is not None and trace.key in (None, tree.record.key):
            fill(tree, trace)
        carry_out(tree, *tree.runtime.goals(start=False))
