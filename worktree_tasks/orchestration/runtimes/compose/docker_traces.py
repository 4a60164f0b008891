"""Traces in Docker of worktrees whose records are lost: labels of their containers and networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .... import git
from ....configuration import record_traces
from ....configuration.compose.labels import KEY, MAIN, PROJECT, STACK
from ....quick_dataclasses import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ....configuration.record_traces import Trace
    from ...steps.project import Project

__all__ = ["completed", "traces_in_docker"]


def traces_in_docker(project: Project) -> tuple[Trace, ...]:
    """Return the traces in the containers of this project's worktrees, one for each worktree."""
    by_key: dict[str, list[Trace]] = {}
    for one in project.engine.labelled(KEY):
        if _is_of_here(project, one.labels):
            bindings = project.engine.inspect(one.id)["HostConfig"].get("PortBindings") or {}
            trace = record_traces.of_container(one.labels, bindings)
            by_key.setdefault(str(trace.key), []).append(trace)
    return tuple(record_traces.joined(several) for several in by_key.values())


def completed(project: Project, trace: Trace) -> Trace:
    """Return a trace completed from the worktree's network, if that exists."""
    for one in project.engine.networks():
        named = one.name == trace.network or (trace.key and one.labels.get(KEY) == trace.key)
        if named and _is_of_here(project, one.labels):
            return replace(
                trace,
                key=trace.key or one.labels.get(KEY),
                network=trace.network or one.name,
                subnet=str(one.subnets[0]) if one.subnets else None,
            )
    return trace


def _is_of_here(project: Project, labels: Mapping[str, str]) -> bool:
    """Return whether labels belong to a worktree of this main checkout, even if that has moved since."""
    if labels.get(STACK) == project.name:
        return False
    here = (labels.get(PROJECT), labels.get(MAIN)) == (project.name, str(project.main))
    return here or labels.get(KEY) in {one.key for one in git.marks(project.repository)}
