"""Check: each worktree that we made has its record."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .... import git
from ....configuration.traces import joined
from ...steps.unrecorded import trace_in
from .check import Look, found
from .rebuilding import rebuild, traces_in_docker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ....configuration.traces import Trace
    from ....git import Worktree
    from ...steps.project import Site

__all__ = ["distinct", "look"]


def look(site: Site) -> Look:
    """Look for worktrees that bear our traces and stand in no record, as when the state file was lost."""
    # Asked before the records, so that a worktree that is just being made is not taken for a lost one.
    trees = [tree for tree in git.worktrees(site.repository) if not tree.bare and tree.path.is_dir()]
    in_docker = traces_in_docker(site)
    held = {name for record in site.store.records() for name in (record.key, record.compose_project)}
    recorded = {record.path for record in site.records()}
    others = [tree for tree in trees if tree.path not in {site.main, *recorded}]
    lost = [(tree, trace) for tree in others if (trace := _trace(site, tree, in_docker)) is not None]
    lost = distinct(site, [(tree, trace) for tree, trace in lost if _identity(trace) not in held])
    strangers = len(others) - len(lost)
    apart = f"; {strangers} not made by us" if strangers else ""
    return Look(
        f"{len(recorded)} worktrees{apart}",
        tuple(
            found(
                "record",
                trace.name or tree.path.name,
                f"the record of the worktree in {tree.path} is lost",
                mend=partial(rebuild, site, tree, trace),
            )
            for tree, trace in lost
        ),
    )


def distinct(site: Site, lost: Iterable[tuple[Worktree, Trace]]) -> list[tuple[Worktree, Trace]]:
    """Return one worktree for each key: of those with the same, as after a copy, the likeliest."""
    chosen: list[tuple[Worktree, Trace]] = []
    taken: set[str | None] = set()
    for tree, trace in sorted(lost, key=lambda one: _agreement(site, *one), reverse=True):
        if _identity(trace) not in taken:
            chosen.append((tree, trace))
        taken |= {trace.key, trace.compose_project}
    return chosen


def _identity(trace: Trace) -> str | None:
    """Return by what a trace is whose: its key, or its stack, since one without own services tells no key."""
    return trace.key or trace.compose_project


def _agreement(site: Site, tree: Worktree, trace: Trace) -> tuple[bool, ...]:
    """Return whether key, git's mark, containers and branch say that a trace is a worktree's own."""
    return (
        trace.key is not None,
        trace.key is not None and git.find_marked(site.repository, trace.key) == tree.path,
        trace.directory == _folder(site, tree),
        trace.branch == tree.branch,
    )


def _folder(site: Site, tree: Worktree) -> str:
    """Return Compose's project directory in a worktree."""
    return str((tree.path / site.compose_files.directory).resolve())


def _trace(site: Site, tree: Worktree, in_docker: tuple[Trace, ...]) -> Trace | None:
    """Return what a worktree's files and containers tell together."""
    in_files = trace_in(site, tree)
    folder = _folder(site, tree)
    for trace in in_docker:
        mine = trace.key == in_files.key if in_files and in_files.key else trace.directory == folder
        if mine:
            return trace if in_files is None else joined((in_files, trace))
    return in_files
