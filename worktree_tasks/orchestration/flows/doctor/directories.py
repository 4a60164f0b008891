"""Check: each worktree is where its record says."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from .... import git
from ....errors import Failure
from ...steps.doctor_check import CheckLook, found
from ...steps.tree import trees
from ..clean import Cleaning, CleaningRow, clean

if TYPE_CHECKING:
    from ...steps.doctor_check import Trouble
    from ...steps.project import Project
    from ...steps.tree import Tree

__all__ = ["look"]


def look(project: Project) -> CheckLook:
    """Look for directories that were moved or deleted, and for those that git does not know any more."""
    several = trees(project)
    troubles = [_trouble(tree) for tree in several if not project.locks.busy(tree.record.branch)]
    return CheckLook(
        f"{len(several)} of {len(several)} in their places",
        tuple(trouble for trouble in troubles if trouble is not None),
    )


def _trouble(tree: Tree) -> Trouble | None:
    if os.path.lexists(tree.record.path):
        return _of_link(tree)
    return _of_place(tree) if tree.record.state == "ready" else None


def _of_link(tree: Tree) -> Trouble | None:
    """Return what is wrong between a directory that is there and the repository."""
    path, entry = tree.record.path, tree.entry
    fix = f"git -C {shlex.quote(str(tree.project.main))} worktree repair"
    if entry is None and tree.record.state == "ready":
        what, fix = f"git knows no worktree in {path}", f"{fix} {shlex.quote(str(path))}"
    elif (
        entry is not None
        and entry.head
        and path.is_dir()
        and not git.is_linked(tree.project.repository, path)
    ):
        what = f"{path / '.git'} does not lead to the repository in {tree.project.main}"
    else:
        return None
    return found(
        "directory", tree.record.name, what, fix=fix, repair=lambda: git.repair(tree.project.repository, path)
    )


def _of_place(tree: Tree) -> Trouble:
    """Return where a worktree is that is not in its place, or that it is gone."""
    path, name = tree.record.path, tree.record.name
    follower = tree.project.follower()
    if (place := follower.moved_to(tree.record)) is not None:
        what = f"{name} was moved to {place}"
        return found("moved", name, what, repair=lambda: follower.followed((tree.record,)))
    return found(
        "directory",
        name,
        f"{path} is gone; its stack, its ports and its record are left",
        fix=f"wt.remove {shlex.quote(name)}",
        repair=lambda: _reap(tree),
    )


def _reap(tree: Tree) -> None:
    """Let `clean` take away what a deleted worktree left."""
    row = CleaningRow(
        tree.record.name, tree.record.branch, tree.record.path, remove=True, reason="", key=tree.record.key
    )
    (gone,) = clean(tree.project, Cleaning((row,))).worktrees
    if not gone.removed:
        raise Failure(
            f"it stays: {gone.reason}", f"wt.remove {shlex.quote(tree.record.name)}", kind="it-stays"
        )
