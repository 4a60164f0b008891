"""Flow: forward the ports of a worktree on another machine to this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.remote_documents import worktree_of
from ...configuration.worktree_result import UP
from ...errors import BadUse, Failure
from ..hosts.port_forwards import close_forwards, update_forwards
from ..hosts.remote_calls import far_project

if TYPE_CHECKING:
    from ...configuration.hosts import Host
    from ...configuration.worktree_result import Worktree
    from ...store import FarWorktree
    from ..steps.project import Project

__all__ = ["forward", "stop_forward"]


def forward(project: Project, host: Host, place: FarWorktree) -> Worktree:
    """Forward the ports of a worktree to this machine, under the same numbers where those are free.

    Args:
        project: The project.
        host: The machine.
        place: The worktree's place there.

    Returns:
        The worktree, with the ports and URLs that it has on this machine.

    Raises:
        HostUnavailable: The machine cannot be reached.
        BadUse: The worktree no longer exists there.
        Failure: Its stack is down, or no port is free here.
    """
    with project.progress.step("forward") as say:
        known = next(one for one in project.store.hosts(project.entry) if one.name == host.name)
        document = far_project(project, known, host=host).document(["list"])
        entry = next((one for one in document["worktrees"] if one["name"] == place.name), None)
        if entry is None:
            raise BadUse(
                f"{place.name} is no longer on {host.name}",
                "wt.list shows the worktrees there",
                kind="unknown-worktree",
            )
        tree = worktree_of(update_forwards(project, host, entry), host.name)
        if tree.state not in UP:
            raise Failure(
                f"{place.name} is {tree.state} on {host.name}, so there is nothing to forward",
                f"wt.start {place.name} --on {host.name}",
                kind="no-page",
            )
        ports = {port.published for one in tree.services.values() for port in one.ports}
        say(f"{', '.join(map(str, sorted(ports))) or 'no port'} of {host.name}")
    return tree


def stop_forward(project: Project, host: Host, place: FarWorktree) -> None:
    """Stop forwarding the ports of a worktree; nothing changes on its machine."""
    with project.progress.step("forward") as say:
        close_forwards(project, host, place.name)
        say(f"the ports of {place.name} are no longer forwarded here")
