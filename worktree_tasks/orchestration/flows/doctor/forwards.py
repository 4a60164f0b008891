"""Check: the ports of worktrees on other machines are forwarded here."""

from __future__ import annotations

from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from ....configuration.hosts import find_host
from ...hosts.port_forwards import all_answer, reopen_forwards
from ...hosts.ssh_connection import Line
from ...steps.doctor_check import CheckLook, found, worktree_count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ....configuration.hosts import Host
    from ....store import FarWorktree
    from ...steps.doctor_check import Trouble
    from ...steps.project import Project

__all__ = ["look"]


def look(project: Project) -> CheckLook:
    """Look for machines whose connection was lost, and for forwarded ports that do not answer."""
    wanted = [tree for tree in project.store.far_worktrees(project.entry) if tree.forwarded]
    troubles = [
        trouble
        for name, trees in groupby(wanted, key=attrgetter("host"))
        if (trouble := _trouble(project, find_host(name, project.settings.hosts), list(trees)))
    ]
    summary = f"those of {worktree_count(wanted)} work" if wanted else "no worktree elsewhere needs one"
    return CheckLook(summary, tuple(troubles))


def _trouble(project: Project, host: Host, trees: Iterable[FarWorktree]) -> Trouble | None:
    line = Line(host)
    is_open = line.is_open()
    dead = [tree.name for tree in trees if not (is_open and all_answer(tree))]
    if not dead:
        return None
    return found(
        "forward",
        host.name,
        f"the ports of {', '.join(dead)} on {host.name} are not forwarded here",
        fix="wt.list",
        repair=partial(_repair, project, host, line),
    )


def _repair(project: Project, host: Host, line: Line) -> None:
    line.open()
    reopen_forwards(project, host, line)
