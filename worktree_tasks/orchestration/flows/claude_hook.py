"""Flows behind Claude Code's hooks: when it makes a worktree, and when a session begins in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import WorktreeTasksError
from ...quick_dataclasses import dataclass
from ..steps.worktree_search import entry_around, find_by_branch, find_recorded
from .adopt import adopt
from .new import Wish, new
from .start import start

if TYPE_CHECKING:
    from pathlib import Path

    from ...configuration.worktree_result import Worktree
    from ..steps.project import Project

__all__ = ["Created", "begin_session", "create"]


@dataclass(slots=True, frozen=True)
class Created:
    """A worktree for a session.

    Attributes:
        path: Its directory.
        failure: Why its stack does not run; None if it does.
    """

    path: Path
    failure: WorktreeTasksError | None


def create(project: Project, name: str) -> Created:
    """Make a worktree with a running stack for a branch, or start the stack of the existing one.

    If the stack does not start, the worktree is returned all the same, so that the session can fix it.

    Args:
        project: The project.
        name: The branch.

    Raises:
        WorktreeTasksError: The worktree could not be made.
    """
    try:
        return Created(new(project, Wish(name)).path, None)
    except WorktreeTasksError as error:
        tree = find_by_branch(project, name)
        if tree is None or tree.record.state != "ready" or not tree.record.path.is_dir():
            raise
        return Created(tree.record.path, error)


def begin_session(project: Project, place: Path) -> Worktree | None:
    """Start the stack of the worktree that a directory is in, whoever made it; None in the main checkout.

    Raises:
        BadUse: No branch is checked out in the worktree, and a worktree is identified by its branch.
        Failure: A step failed.
    """
    entry = entry_around(project, place)
    if entry is None or entry.bare or entry.path == project.main:
        return None
    project.records(entry.path)
    known = find_recorded(project, entry.path)
    if known is not None and known.record.state == "ready":
        return start(project, str(entry.path))
    return adopt(project, str(entry.path))
