"""`wt.hosts`: the machines that a project knows."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ...configuration.hosts import find_host
from ...quick_dataclasses import dataclass
from ..hosts.ssh_connection import Line

if TYPE_CHECKING:
    from ..steps.project import Project

__all__ = ["Machine", "hosts"]


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine.

    Attributes:
        name: Its name here.
        ssh: The destination that `ssh` connects to.
        path: The main checkout there; None if it is not set up.
        worktrees: The number of known worktrees there.
        connected: Whether a connection to it is open.
    """

    name: str
    ssh: str
    path: str | None
    worktrees: int
    connected: bool


def hosts(project: Project) -> tuple[Machine, ...]:
    """Return the machines in the settings, and those that the project is set up on; contacts none of them."""
    recorded = project.known()
    known = {one.name: one.path for one in project.store.hosts(recorded)} if recorded else {}
    trees = project.store.far_worktrees(recorded) if recorded else ()
    counted = Counter(tree.host for tree in trees)
    names = sorted({*known, *project.settings.hosts})
    found = [find_host(name, project.settings.hosts) for name in names]
    return tuple(
        Machine(one.name, one.ssh, known.get(one.name), counted[one.name], Line(one).is_open())
        for one in found
    )
