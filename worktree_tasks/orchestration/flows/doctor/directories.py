"""Check: each worktree's directory is where its record says."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from .... import git
from ....errors import Failure
from ...steps.doctor_check import CheckLook, found
from ...steps.worktree_handle import trees
from ..clean import Cleaning, CleaningRow, clean

if TYPE_CHECKING:
    from ...steps.doctor_check import Trouble
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree

__all__ = ["look"]


def look(project: Project) -> CheckLook:
    """Look for directories that were moved or deleted, or that git no longer knows as worktrees."""
    several = trees(project)
    troubles = [_trouble(tree) for tree in several if not project.locks.busy(tree.record.branch)]
    return CheckLook(
        f"{len(several)} of {len(several)} in place",
        tuple(trouble for trouble in troubles if trouble is not None),
    )


def _trouble(tree: Tree) -> Trouble | None:
    if os.path.lexists(tree.record.path):
        return _link_trouble(tree)
    return _place_trouble(tree) if tree.record.state == "ready" else None


def _link_trouble(tree: Tree) -> Trouble | None:
    """Return what is wrong with the link between an existing directory and the repository."""
    path, entry = tree.record.path, tree.entry
    fix = f"git -C {shlex.quote(str(tree.project.main))} worktree repair"
    if entry is None and tree.record.state == "ready":
        what, fix = f"git has no worktree registered in {path}", f"{fix} {shlex.quote(str(path))}"
    elif (
        entry is not None
        and entry.head
        and path.is_dir()
        and not git.is_linked(tree.project.repository, path)
    ):
        what = f"{path / '.git'} does not point to the repository in {tree.project.main}"
    else:
        return None
    return found(
        "directory", tree.record.name, what, fix=fix, repair=lambda: git.repair(tree.project.repository, path)
    )


def _place_trouble(tree: Tree) -> Trouble:
    """Return the trouble of a missing directory: it was moved, or it is gone."""
    path, name = tree.record.path, tree.record.name
    follower = tree.project.follower()
    if (place := follower.moved_to(tree.record)) is not None:
        what = f"{name} was moved to {place}"
        return found("moved", name, what, repair=lambda: follower.followed((tree.record,)))
    return found(
        "directory",
        name,
        f"{path} is gone, but its stack, ports and record remain",
        fix=f"wt.remove {shlex.quote(name)}",
        repair=lambda: _remove_leftovers(tree),
    )


def _remove_leftovers(tree: Tree) -> None:
    """Let `clean` remove what a deleted worktree left behind."""
    row = CleaningRow(
        tree.record.name, tree.record.branch, tree.record.path, remove=True, reason="", key=tree.record.key
    )
    (gone,) = clean(tree.project, Cleaning((row,))).worktrees
    if not gone.removed:
        raise Failure(
            f"it was not removed: {gone.reason}",
            f"wt.remove {shlex.quote(tree.record.name)}",
            kind="it-stays",
        )
