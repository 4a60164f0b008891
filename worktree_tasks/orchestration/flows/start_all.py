"""Flow: every worktree's stack of a project brought up, as after a reboot."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import Failure, WorktreeGone, WorktreeTasksError
from ..steps.tree import trees
from .start import start_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..steps.progress import Progress
    from ..steps.project import Project
    from ..steps.tree import Tree

__all__ = ["Started", "start_all"]


@dataclass(frozen=True, slots=True)
class Started:
    """A stack that was brought up: its project, its worktree's name, and how many services run since then."""

    project: str
    name: str
    containers: int


def start_all(project: Project) -> tuple[Started, ...]:
    """Bring the stacks of all worktrees up, one after the other: side by side they would starve each other.

    A worktree that was not made to its end, or whose directory is gone, is noted and left as it is.

    Returns:
        The stacks of which something runs that did not run before.

    Raises:
        Failure: Some could not be started; all others are.
    """
    project.check()
    told = project.progress
    started: list[Started] = []
    failed: list[str] = []
    for tree in trees(project):
        if reason := _left_out(tree):
            told.note(reason)
            continue
        project.progress = _Within(told, tree.record.name)
        try:
            if count := _start(tree, told):
                started.append(Started(project.name, tree.record.name, count))
        except WorktreeGone:
            continue
        except WorktreeTasksError as error:
            failed.append(f"{tree.record.name}: {error.what}")
        finally:
            project.progress = told
    if failed:
        raise Failure(
            "some stacks are not started:", "wt.start-all tries again", failed, kind="start-all-failed"
        )
    return tuple(started)


def _left_out(tree: Tree) -> str:
    """Return why a worktree has no stack to bring up; empty where it has one."""
    record = tree.record
    if record.state == "creating":
        return f"{record.name} is left out: wt.new {shlex.quote(record.branch)} finishes making it"
    if record.state == "removing":
        return f"{record.name} is left out: wt.remove {record.name} finishes removing it"
    if not record.path.is_dir():
        return f"{record.name} is left out: {record.home} is gone"
    return ""


def _start(tree: Tree, told: Progress) -> int:
    """Bring one stack up; return how many of its services run that did not before."""
    before = tree.runtime.services(tree, running=True)
    with told.step("stack") as say:
        told.doing(f"starting {tree.record.name}")
        seen = start_tree(tree)
        say(f"{tree.record.name}: {seen.url or seen.state}")
    return len(tree.runtime.services(tree, running=True) - before)


class _Within:
    """Where the steps of one of several worktrees report to: its news and notes are told with its name."""

    quiet = True

    def __init__(self, outer: Progress, name: str) -> None:
        self._outer = outer
        self._name = name

    @property
    def echo(self) -> Callable[[str], None] | None:
        """What takes the lines of programs."""
        return self._outer.echo

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Enter a step, which is shown while it lasts: the worktree's own line tells that it is up."""
        with self._outer.step(name):
            yield lambda _: None

    def doing(self, text: str) -> None:
        """Say what the step is at."""
        self._outer.doing(text)

    def news(self, text: str) -> None:
        """Say something that a person may like to know of this worktree."""
        self._outer.news(f"{self._name}: {text}")

    def note(self, text: str) -> None:
        """Say something that a person has to decide about in this worktree."""
        self._outer.note(f"{self._name}: {text}")
