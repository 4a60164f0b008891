"""Flow: stop the stacks of all worktrees, of this project or of all; main keeps running."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import git
from ...configuration.settings import Settings
from ...errors import Failure, WorktreeGone, WorktreeTasksError
from ...parallel import each
from ...quick_dataclasses import dataclass
from ..steps.project import Project
from ..steps.worktree_handle import trees
from ..steps.worktree_lock import holding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..steps.worktree_handle import Tree


__all__ = ["Stopped", "stop_all"]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stack that was stopped: its project, its worktree's name, and how many containers were stopped."""

    project: str
    name: str
    containers: int


def stop_all(project: Project, *, everywhere: bool = False) -> tuple[Stopped, ...]:
    """Stop the stacks of all worktrees; containers, ports and names are kept.

    Args:
        project: The project.
        everywhere: Whether to stop those of all other projects on this machine too.

    Returns:
        The stacks that had running containers.

    Raises:
        Failure: Some stacks could not be stopped; all others were.
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
        raise Failure(
            "some stacks could not be stopped:", "run wt.stop-all again", failed, kind="stop-failed"
        )
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
    """Yield the projects on this machine; stopping their stacks needs none of their settings."""
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
            project.progress.note(
                f"{known.name} is no longer in {known.main}; its stacks are left as they are"
            )
