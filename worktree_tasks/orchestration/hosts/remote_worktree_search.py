"""Find a worktree on another machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.name_resolution import KnownWorktree, matching, resolve
from ...errors import BadUse, HostUnavailable
from .remote_listing import ask_hosts

if TYPE_CHECKING:
    from ...configuration.hosts import Host
    from ...store import FarWorktree
    from ..steps.project import Project

__all__ = ["place_on"]


def place_on(project: Project, host: Host, word: str) -> FarWorktree:
    """Return the worktree on a machine that a name stands for; if none is recorded, ask the machine.

    Raises:
        BadUse: No worktree or several match; or the project was never set up there.
        HostUnavailable: The machine does not answer.
    """
    if not matching(word, list(_trees(project, host))):
        _refresh(project, host)
    trees = _trees(project, host)
    return trees[resolve(word, list(trees), project=f"{project.name} on {host.name}")]


def _refresh(project: Project, host: Host) -> None:
    known = [one for one in project.store.hosts(project.entry) if one.name == host.name]
    if not known:
        raise BadUse(
            f"{host.name} is not set up for {project.name}", f"wt.host-init {host.name}", kind="host-unknown"
        )
    _, absent = ask_hosts(project, known)
    for one in absent:
        raise HostUnavailable(one.what, f"wt.hosts shows more about {host.name}", kind="host-unreachable")


def _trees(project: Project, host: Host) -> dict[KnownWorktree, FarWorktree]:
    return {
        KnownWorktree(
            tree.name, tree.branch or "", f"{tree.host}:{tree.path}", current=tree.branch, on=tree.host
        ): tree
        for tree in project.store.far_worktrees(project.entry)
        if tree.host == host.name
    }
