"""List the worktrees on other machines, which are queried in parallel."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ...command import OutOfTime
from ...configuration.hosts import find_host
from ...configuration.port_forwards import localised
from ...configuration.remote_documents import worktree_of
from ...configuration.worktree_result import Absent
from ...errors import WorktreeTasksError
from ...parallel import each
from ...quick_dataclasses import replace
from ...store import FarWorktree
from .port_forwards import reopen_forwards
from .remote_calls import far_project

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...configuration.worktree_result import Worktree
    from ...store import KnownHost
    from ..steps.project import Project

__all__ = ["ask_hosts"]

# A list must be quick: a machine that does not answer by then is listed as absent.
_SECONDS = 2.0


def ask_hosts(
    project: Project, hosts: Iterable[KnownHost]
) -> tuple[tuple[Worktree, ...], tuple[Absent, ...]]:
    """Return the worktrees on machines, with their local ports, and the machines that did not answer.

    The records of the machines are updated, and lost connections are opened again.
    """
    answers = each(partial(_ask, project), hosts)
    trees = [one for one in answers if not isinstance(one, Absent)]
    return (
        tuple(tree for several in trees for tree in several),
        tuple(one for one in answers if isinstance(one, Absent)),
    )


def _ask(project: Project, known: KnownHost) -> tuple[Worktree, ...] | Absent:
    try:
        host = find_host(known.name, project.settings.hosts)
        far = far_project(project, known)
        far.line.open(seconds=_SECONDS)
        answer = far.ask(["list"], seconds=_SECONDS)
        if "worktrees" not in answer.document:
            return Absent(known.name, answer.document["error"]["what"])
        ports = _update_records(project, known.name, answer.document["worktrees"])
        reopen_forwards(project, host, far.line)
    except OutOfTime:
        return Absent(known.name, f"{known.name} did not answer in time")
    except WorktreeTasksError as error:
        return Absent(known.name, error.what)
    return tuple(
        worktree_of(localised(one, ports.get(one["name"], {})), known.name)
        for one in answer.document["worktrees"]
    )


def _update_records(
    project: Project, host: str, documents: Iterable[Mapping[str, Any]]
) -> dict[str, Mapping[int, int]]:
    """Record what is on a machine now; return the local number of each port, by worktree name."""
    before = {tree.name: tree for tree in project.store.far_worktrees(project.entry) if tree.host == host}
    trees = {}
    for one in documents:
        known = before.get(one["name"]) or FarWorktree(host, one["name"], None, "", {})
        trees[one["name"]] = replace(known, branch=one["branch"], path=one["path"])
    if changed := [tree for tree in trees.values() if tree != before.get(tree.name)]:
        project.store.remember_far(project.entry, changed)
    if gone := before.keys() - trees.keys():
        project.store.forget_far(project.entry, host, gone)
    return {name: tree.ports for name, tree in trees.items()}
