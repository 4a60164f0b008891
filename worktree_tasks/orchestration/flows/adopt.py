"""Flow: give a stack to a worktree that was made by other means; its branch and files stay untouched."""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ... import git
from ...configuration import naming
from ...errors import BadUse, Failure, WorktreeTasksError
from ...machine.known_projects import expanded
from ..steps.database_copies import forget_unmade, make_databases
from ..steps.moving_aside import undo_removal
from ..steps.own_databases import request_database
from ..steps.preconditions import refuse_unusable
from ..steps.unrecorded_worktrees import keeper_of
from ..steps.url_host import record_host
from ..steps.worktree_handle import Tree
from ..steps.worktree_search import entry_around, find_recorded
from ..steps.worktree_state import view
from .launch import launch
from .start import start_tree
from .step_order import carry_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...configuration.worktree_result import Worktree
    from ...git import Entry
    from ..steps.project import Project

__all__ = ["adopt"]


def adopt(project: Project, path: str, *, start: bool = True, slot: int | None = None) -> Worktree:
    """Give a worktree that was made by other means everything that `new` gives; one of ours is only started.

    Its files are kept: an existing env file is changed only where it points to main. Its branch is never
    deleted, since it was not made here. Whatever a failed attempt wrote and leased is reused by the next one.

    Args:
        project: The project.
        path: Its directory, or any directory inside it.
        start: Whether to start its stack.
        slot: The slot to use.

    Raises:
        BadUse: The path is not in a worktree of this repository, or no branch is checked out there.
        Refused: A file that we did not write is where the override belongs.
        Failure: A step failed; run the command again to continue from there.
    """
    place = Path(os.path.abspath(expanded(path))).resolve()  # noqa: PTH100 - resolves "." and ".." in the text first
    project.records(place)
    entry = _entry_at(project, place)
    tree = find_recorded(project, entry.path)
    branch = tree.record.branch if tree else _branch(entry)
    with project.locks.alone(branch):
        entry = _still(project, entry)
        tree = find_recorded(project, entry.path)
        if tree is not None:
            undo_removal(tree)
        if tree is None or tree.record.state != "ready":
            with _forgotten_if_gone(project, entry):
                return _take_over(project, entry, branch, tree, start=start, slot=slot)
        seen = view(tree)
        if not start or seen.state == "running":
            with project.progress.step("worktree") as say:
                say(f"{tree.record.name} already has its own stack")
            return seen
    # An attempt that was killed or failed may have left its stack down.
    project.check()
    return start_tree(tree)


def _take_over(
    project: Project, entry: Entry, branch: str, tree: Tree | None, *, start: bool, slot: int | None
) -> Worktree:
    """Record a worktree, unless an earlier attempt did, and give it all that it lacks."""
    if keeper := keeper_of(project, entry.path):
        raise BadUse(
            f"{entry.path} belongs to another state directory: {keeper}",
            f"set XDG_STATE_HOME to {keeper.parent}, or remove the worktree there",
            kind="other-state",
        )
    project.check()
    refuse_unusable(project)
    project.runtime.take_over(project, entry.path)
    tree = tree or _record(project, entry, branch)
    git.mark(project.repository, tree.record.path, tree.record.key, project.store.path.parent)
    record_host(tree)
    request_database(tree, None)
    goals = tree.runtime.goals(start=start)
    carry_out(tree, *goals, options={"allocate-port": {"wanted": slot}})
    made = make_databases(tree) if start else ()
    tree.update(state="ready", opened=True)
    return view(tree, launch(tree, made=made) if start else None)


@contextmanager
def _forgotten_if_gone(project: Project, entry: Entry) -> Iterator[None]:
    """If a worktree's directory is deleted while it is taken over, forget it again, and say so.

    Raises:
        BadUse: The directory is gone.
    """
    try:
        yield
    except (WorktreeTasksError, OSError) as error:
        if entry.path.is_dir():
            raise
        tree = find_recorded(project, entry.path)
        if tree and tree.record.state == "creating":
            # Its branch and git's entry for it were not made here, and stay.
            tree.runtime.undo(tree)
            forget_unmade(tree)
            project.store.delete(tree.record)
            git.include_again(project.repository, unless=lambda: bool(project.records()))
        raise _missing(entry.path) from error


def _missing(place: Path) -> BadUse:
    return BadUse(f"{place} does not exist", "git worktree list shows the worktrees", kind="cannot-adopt")


def _entry_at(project: Project, place: Path) -> Entry:
    """Return git's entry for the worktree that a directory is in."""
    entry = entry_around(project, place)
    # A path that the system cannot look at is no directory, where pathlib would raise an error.
    there = os.path.isdir(place)  # noqa: PTH112
    if not there:
        raise _missing(place)
    if entry is None or entry.prunable is not None:
        raise BadUse(
            f"{place} is not a worktree of {project.main}",
            "git worktree list shows the worktrees",
            kind="cannot-adopt",
        )
    if entry.path == project.main or entry.bare:
        raise BadUse(
            f"{entry.path} is the main checkout",
            "it already has its own stack: docker compose up",
            kind="cannot-adopt",
        )
    return entry


def _branch(entry: Entry) -> str:
    if entry.branch is None:
        if operation := git.operation_in(entry.path):
            raise BadUse(
                f"a {operation} is in progress in {entry.path}, so no branch is checked out there",
                f"finish or abort it, then run wt.adopt {shlex.quote(str(entry.path))} again",
                kind="cannot-adopt",
            )
        raise BadUse(
            f"{entry.path} has no branch checked out, and a worktree is identified by its branch",
            f"git -C {shlex.quote(str(entry.path))} switch --create NAME",
            kind="cannot-adopt",
        )
    return entry.branch


def _still(project: Project, entry: Entry) -> Entry:
    """Return git's entry, read again now that the lock is held.

    Raises:
        BadUse: The worktree is gone.
        Failure: It is on another branch by now, whose lock is not held.
    """
    now = _entry_at(project, entry.path)
    if now.branch != entry.branch:
        raise Failure(
            f"{now.path} was switched to {now.branch or 'no branch'} in the meantime",
            f"run wt.adopt {shlex.quote(str(now.path))} again",
            kind="branch-switched",
        )
    return now


def _record(project: Project, entry: Entry, branch: str) -> Tree:
    with project.progress.step("worktree") as say:
        record = project.store.create(
            project.entry,
            branch=branch,
            name=lambda taken: naming.slug(branch, taken),
            path=lambda _: entry.path,
            start_commit=None,
            made_branch=False,
            runtime=project.runtime.name,
            # Only the stack is new: hooks that fill a new worktree must not touch files that already exist.
            opened=True,
        )
        say(f"{entry.path}, branch {branch}, adopted as {record.name}")
        return Tree(project, record)
