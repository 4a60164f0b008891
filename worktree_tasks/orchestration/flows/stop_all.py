"""Flow: every worktree's stack stopped, of this project or of all; main goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ... import git
from ...configuration.settings import Settings
from ...errors import Failure, WorktreeGone, WorktreeTasksError
from ...parallel import each
from ..steps.project import Project
from ..steps.tree import trees
from ..steps.worktree_lock import holding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..steps.tree import Tree


__all__ = ["Stopped", "stop_all"]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stack that was stopped: its project, its worktree's name, and how many containers ran."""

    project: str
    name: str
    containers: int


def stop_all(project: Project, *, everywhere: bool = False) -> tuple[Stopped, ...]:
    """Stop the stacks of all worktrees; containers, ports and names are kept.

    Args:
        project: The project.
        everywhere: Whether those of this machine's other projects stop too.

    Returns:
        The stacks of which something ran.

    Raises:
        Failure: Some could not be stopped; all others are.
    """
    project.runtime.check(project)
    projects = tuple(_projects(project)) if everywhere else (project,)
    failed: list[str] = []

    def stop(tree: Tree) -> Stopped | None:
        try:
            return _stop(tree)
        except WorktreeTasksError as error:
            failed.append(f"{tree.record.name}: {error.what}")
            return None

    several = [tree for its in projects for tree in trees(its)]
    stopped = tuple(one for one in each(stop, several) if one is not None)
    if failed:
        raise Failure("some stacks are not stopped:", "wt.stop-all tries again", failed, kind="stop-failed")
    return stopped


def _stop(tree: Tree) -> Stopped | None:
    with tree.project.progress.step("containers") as say:
        try:
            with holding(tree):
                runtime = tree.runtime
                count = runtime.stop(tree)
                runtime.detach(tree)
        except WorktreeGone:
            return None
        if not count:
            return None
        project = tree.project.name
        say(f"{project} {tree.record.name}: {count} stopped")
        return Stopped(project, tree.record.name, count)


def _projects(project: Project) -> Iterator[Project]:
    """Yield the machine's projects; what stops their stacks needs none of their settings."""
    for known in project.store.projects():
        if known.common_dir == project.repository.common_dir:
            yield project
        elif known.common_dir.is_dir():
            repository = git.Repository(known.main, known.common_dir, bare=False)
            other = Project(
                repository, Settings(), project.store, project.progress, runtimes=project.runtimes
            )
            other.engine = project.engine
            yield other
        else:
            project.progress.note(f"{known.name} is gone from {known.main}; its stacks are left as they are")
