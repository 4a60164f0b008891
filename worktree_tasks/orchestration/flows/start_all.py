"""Flow: start the stacks of all worktrees of a project, for instance after a reboot."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...errors import Failure, WorktreeGone, WorktreeTasksError
from ...quick_dataclasses import dataclass
from ..steps.worktree_handle import trees
from .start import start_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..steps.progress import Progress
    from ..steps.project import Project
    from ..steps.worktree_handle import Tree

__all__ = ["Started", "start_all"]


@dataclass(frozen=True, slots=True)
class Started:
    """A stack that was started: its project, its worktree's name, and how many services were started."""

    project: str
    name: str
    containers: int


def start_all(project: Project) -> tuple[Started, ...]:
    """Start the stacks of all worktrees, one after the other: in parallel they would starve each other.

    A worktree that is only half made, or whose directory is gone, is reported and left as it is.

    Returns:
        The stacks of which at least one service was started.

    Raises:
        Failure: Some stacks could not be started; all others were.
    """
    project.check()
    outer = project.progress
    started: list[Started] = []
    failed: list[str] = []
    for tree in trees(project):
        if reason := _skip_reason(tree):
            outer.note(reason)
            continue
        project.progress = _Within(outer, tree.record.name)
        try:
            if count := _start(tree, outer):
                started.append(Started(project.name, tree.record.name, count))
        except WorktreeGone:
            continue
        except WorktreeTasksError as error:
            failed.append(f"{tree.record.name}: {error.what}")
        finally:
            project.progress = outer
    if failed:
        raise Failure(
            "some stacks could not be started:", "run wt.start-all again", failed, kind="start-all-failed"
        )
    return tuple(started)


def _skip_reason(tree: Tree) -> str:
    """Return why a worktree's stack is skipped; empty if it is not."""
    record = tree.record
    if record.state != "ready" and tree.project.locks.locked(record.branch):
        doing = "removing" if record.state == "removing" else "making"
        return f"{record.name} is skipped: another command is {doing} it"
    if record.state == "creating":
        return f"{record.name} is skipped: wt.new {shlex.quote(record.branch)} finishes making it"
    if record.state == "removing":
        return f"{record.name} is skipped: wt.remove {record.name} finishes removing it"
    if not record.path.is_dir():
        return f"{record.name} is skipped: {record.home} is gone"
    return ""


def _start(tree: Tree, outer: Progress) -> int:
    """Start one stack; return how many services were started."""
    before = tree.runtime.services(tree, running=True)
    with outer.step("stack") as say:
        outer.doing(f"starting {tree.record.name}")
        seen = start_tree(tree)
        say(f"{tree.record.name}: {seen.url or seen.state}")
    return len(tree.runtime.services(tree, running=True) - before)


class _Within:
    """The progress of one of several worktrees: its news and notes are prefixed with its name."""

    quiet = True

    def __init__(self, outer: Progress, name: str) -> None:
        self._outer = outer
        self._name = name

    @property
    def echo(self) -> Callable[[str], None] | None:
        """The receiver of programs' output lines."""
        return self._outer.echo

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Enter a step, which is shown only while it lasts: the worktree's own line says when it is up."""
        with self._outer.step(name):
            yield lambda _: None

    def doing(self, text: str) -> None:
        """Report what the step is doing."""
        self._outer.doing(text)

    def news(self, text: str) -> None:
        """Report something worth knowing about this worktree."""
        self._outer.news(f"{self._name}: {text}")

    def note(self, text: str) -> None:
        """Report something that the user has to decide about this worktree."""
        self._outer.note(f"{self._name}: {text}")
