"""Check: each worktree that we made has a record."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .... import git
from ....configuration.record_traces import joined
from ...steps.doctor_check import CheckLook, found, worktree_count
from ...steps.unrecorded_worktrees import trace_in
from .record_rebuilding import rebuild

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ....configuration.record_traces import Trace
    from ....git import Entry
    from ...steps.project import Project

__all__ = ["distinct", "look"]


def look(project: Project) -> CheckLook:
    """Look for worktrees with our traces but without a record, for instance after the state file was lost."""
    # Read before the records, so that a worktree that is just being made is not mistaken for a lost one.
    entries = [entry for entry in project.worktrees() if not entry.bare and entry.path.is_dir()]
    in_docker = project.runtime.traces(project)
    held = {name for record in project.store.records() for name in (record.key, record.compose_project)}
    recorded = {record.path for record in project.records()}
    others = [entry for entry in entries if entry.path not in {project.main, *recorded}]
    lost = [(entry, trace) for entry in others if (trace := _trace(project, entry, in_docker)) is not None]
    lost = distinct(project, [(entry, trace) for entry, trace in lost if _identity(trace) not in held])
    strangers = len(others) - len(lost)
    apart = f"; {strangers} not made by us" if strangers else ""
    return CheckLook(
        f"{worktree_count(recorded)}{apart}",
        tuple(
            found(
                "record",
                trace.name or entry.path.name,
                f"the record of the worktree in {entry.path} is lost",
                repair=partial(rebuild, project, entry, trace),
            )
            for entry, trace in lost
        ),
    )


def distinct(project: Project, lost: Iterable[tuple[Entry, Trace]]) -> list[tuple[Entry, Trace]]:
    """Return one worktree for each key: of several with the same, as after a copy, the most likely one."""
    chosen: list[tuple[Entry, Trace]] = []
    taken: set[str | None] = set()
    for entry, trace in sorted(lost, key=lambda one: _agreement(project, *one), reverse=True):
        if _identity(trace) not in taken:
            chosen.append((entry, trace))
        taken |= {trace.key, trace.compose_project}
    return chosen


def _identity(trace: Trace) -> str | None:
    """Return what identifies a trace: its key, or its stack if it has no key, as without own services."""
    return trace.key or trace.compose_project


def _agreement(project: Project, entry: Entry, trace: Trace) -> tuple[bool, ...]:
    """Return which of key, git's mark, containers and branch agree that a trace is the worktree's."""
    return (
        trace.key is not None,
        trace.key is not None and git.find_marked(project.repository, trace.key) == entry.path,
        trace.directory == _folder(project, entry),
        trace.branch == entry.branch,
    )


def _folder(project: Project, entry: Entry) -> str:
    """Return Compose's project directory of a worktree."""
    return str((entry.path / project.runtime.input(project, entry.path).files.directory).resolve())


def _trace(project: Project, entry: Entry, in_docker: tuple[Trace, ...]) -> Trace | None:
    """Return the trace that a worktree left in its files and in its containers, combined."""
    in_files = trace_in(project, entry)
    folder = _folder(project, entry)
    for trace in in_docker:
        mine = trace.key == in_files.key if in_files and in_files.key else trace.directory == folder
        if mine:
            return trace if in_files is None else joined((in_files, trace))
    return in_files
