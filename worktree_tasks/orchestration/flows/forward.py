"""Flow: the ports of a worktree on another machine are answered here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.far_documents import worktree_of
from ...configuration.worktree_result import UP
from ...errors import BadUse, Failure
from ..hosts.answers import error_in
from ..hosts.calling import far_project
from ..hosts.forwards import closed, opened

if TYPE_CHECKING:
    from ...configuration.hosts import Host
    from ...configuration.worktree_result import Worktree
    from ...store import FarWorktree
    from ..steps.project import Project

__all__ = ["forward", "stop_forward"]


def forward(project: Project, host: Host, place: FarWorktree) -> Worktree:
    """Have the ports of a worktree answered here, under their own numbers where those are free.

    Args:
        project: The project.
        host: The machine.
        place: Where the worktree is there.

    Returns:
        The worktree, with the ports and the URLs of this machine.

    Raises:
        HostUnavailable: The machine cannot be reached.
        BadUse: The worktree is not there any more.
        Failure: Its stack is down, or no port is free here.
    """
    with project.progress.step("forward") as say:
        known = next(one for one in project.store.hosts(project.entry) if one.name == host.name)
        document = far_project(project, known, host=host).ask(["list"]).document
        if error := error_in(document):
            raise error
        entry = next((one for one in document["worktrees"] if one["name"] == place.name), None)
        if entry is None:
            raise BadUse(
                f"{place.name} is not on {host.name} any more",
                "wt.list shows what is",
                kind="unknown-worktree",
            )
        tree = worktree_of(opened(project, host, entry), host.name)
        if tree.state not in UP:
            raise Failure(
                f"{place.name} is {tree.state} on {host.name}, so nothing answers there",
                f"wt.start {place.name} --on {host.name}",
                kind="no-page",
            )
        ports = {port.published for one in tree.services.values() for port in one.ports}
        say(f"{', '.join(map(str, sorted(ports))) or 'no port'} of {host.name}")
    return tree


def stop_forward(project: Project, host: Host, place: FarWorktree) -> None:
    """Have the ports of a worktree not answered here any more; on its machine nothing changes."""
    with project.progress.step("forward") as say:
        closed(project, host, place.name)
        say(f"no port of {place.name} is answered here any more")
