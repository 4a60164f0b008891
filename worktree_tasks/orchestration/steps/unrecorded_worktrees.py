"""What worktrees without a record use, for instance after the state file was lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose import override_text
from ...configuration.env import brokers
from ...configuration.env import env_file_text as env_text
from ...lazy_modules import later
from ...machine import files
from ...store import has_record
from .needed_files import env_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ...configuration import record_traces
    from ...configuration.record_traces import Trace
    from ...git import Entry, WorktreeMark
    from .project import Project
else:
    # Only an override without a record needs it.
    (record_traces,) = later(__package__, "...configuration.record_traces")

__all__ = [
    "broker_databases_elsewhere",
    "env_values",
    "keeper_of",
    "kept_elsewhere",
    "ports_elsewhere",
    "trace_in",
]

# No env file that people write is larger.
_LONGEST_BYTES = 1 << 20
_PORT = re.compile(r"(?:^|:)(?P<port>[0-9]{2,5})(?![0-9.])")


def trace_in(project: Project, tree: Entry) -> Trace | None:
    """Return the trace in a worktree's override file; None if there is none of this project's."""
    file = tree.path / project.runtime.input(project, tree.path).files.override
    text = files.text_inside(file, tree.path, most=override_text.LONGEST)
    found = record_traces.of_override(override_text.load(text)) if text else None
    # A file cannot claim main's stack.
    if found is None or found.compose_project == project.name:
        return None
    if found.key and any(
        (one.place, one.key) == (tree.path, found.key) for one in git.marks(project.repository)
    ):
        # This holds even if main was moved, which may have changed its compose project's name.
        return found
    if found.project not in (None, project.name):
        return None
    of_here = found.main == str(project.main) if found.main else _is_named_after(project, found)
    return found if of_here else None


def _is_named_after(project: Project, trace: Trace) -> bool:
    return str(trace.compose_project).startswith(f"{project.name}-")


def kept_elsewhere(project: Project) -> tuple[WorktreeMark, ...]:
    """Return the marks of worktrees whose records are in another state directory."""
    here = project.store.path.parent
    others = (one for one in git.marks(project.repository) if one.keeper not in (None, here))
    return tuple(one for one in others if one.keeper and has_record(one.keeper, one.key))


def keeper_of(project: Project, place: Path) -> Path | None:
    """Return the other state directory that has a worktree's record; None if there is none."""
    return next((one.keeper for one in kept_elsewhere(project) if one.place == place), None)


def ports_elsewhere(project: Project) -> dict[tuple[int, str], str]:
    """Return the ports in the overrides and env files of worktrees without a record, each with its owner."""
    holders: dict[tuple[int, str], str] = {}
    for tree in _unrecorded(project):
        words = f"in the files of {tree.path}, which has no record: wt.doctor --fix"
        trace = trace_in(project, tree)
        holders |= {(one.published, one.protocol): words for one in (trace.ports if trace else ())}
        numbers = _numbers(env_values(project, tree.path)) - _numbers(env_values(project, project.main))
        holders |= {(number, protocol): words for number in numbers for protocol in ("tcp", "udp")}
    return holders


def _numbers(values: Mapping[str, str]) -> set[int]:
    """Return the numbers in values that may be ports."""
    return {int(match["port"]) for value in values.values() for match in _PORT.finditer(value)}


def broker_databases_elsewhere(project: Project) -> frozenset[int]:
    """Return the Redis databases that the env files and overrides of worktrees without a record name."""
    found: frozenset[int] = frozenset()
    for tree in _unrecorded(project):
        trace = trace_in(project, tree)
        values = {**env_values(project, tree.path), **dict(trace.environment if trace else ())}
        found |= brokers.redis_databases(values)
    return found


def env_values(project: Project, checkout: Path) -> Mapping[str, str]:
    """Return the values of a checkout's env files; later files override earlier ones.

    A file that is too large to be an env file is skipped.
    """
    found: dict[str, str] = {}
    for name in env_files(project):
        if (file := checkout / name).is_file() and file.stat().st_size <= _LONGEST_BYTES:
            found |= env_text.values(files.read_text(file))
    return found


def _unrecorded(project: Project) -> Iterator[Entry]:
    recorded = {project.main, *(record.path for record in project.records())}
    if not git.places(project.repository).keys() - recorded:
        return
    for tree in project.worktrees():
        if tree.path not in recorded and not tree.bare and tree.path.is_dir():
            yield tree
