"""Check: no worktree is half made, half removed or half restored by a command that was killed."""

from __future__ import annotations

import shlex
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ....errors import WorktreeGone
from ...steps.doctor_check import CheckLook, found
from ...steps.removal_terms import Terms
from ...steps.worktree_handle import trees
from ...steps.worktree_lock import holding
from ..new import Wish, new
from ..remove import take_away
from ..restore import restore

if TYPE_CHECKING:
    from ...steps.doctor_check import Trouble
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree

__all__ = ["look"]


def look(project: Project) -> CheckLook:
    """Look for worktrees that are half made or half removed, and that no command is working on."""
    begun = (one for one in trees(project) if one.record.state != "ready")
    troubles = tuple(_trouble(tree) for tree in begun if not project.locks.busy(tree.record.branch))
    return CheckLook("nothing is half done", troubles)


def _trouble(tree: Tree) -> Trouble:
    name = shlex.quote(tree.record.name)
    trouble = partial(found, "unfinished", tree.record.name)
    if tree.record.state == "removing":
        aside = f"; its directory is in {tree.record.path}" if tree.record.path != tree.record.home else ""
        return trouble(
            f"the removal of {tree.record.name} is not finished{aside}",
            fix=f"wt.remove {name}",
            repair=lambda: _take_away(tree),
        )
    if tree.record.restoring is not None:
        point = tree.record.restoring
        return trouble(
            f"{tree.record.name} is only half restored",
            fix=f"wt.restore {shlex.quote(point)}",
            repair=lambda: _is_unchanged(tree) and restore(tree.project, point),
        )
    what = f"{tree.record.name} is only half made"
    if tree.entry is None:
        # It does not exist for git yet, so there is no work in it: what was made of it is removed.
        return trouble(what, repair=lambda: _take_away(tree))
    return trouble(
        what,
        fix=f"wt.new {shlex.quote(tree.record.branch)}",
        # The hooks of a new worktree run when it is opened.
        repair=lambda: (
            _is_unchanged(tree) and new(tree.project, Wish(tree.record.branch, start=False, opening=False))
        ),
    )


def _take_away(tree: Tree) -> None:
    """Remove a worktree, unless another command has changed its state meanwhile."""
    state = tree.record.state
    with suppress(WorktreeGone), holding(tree):
        if tree.record.state == state and (state == "removing" or tree.entry is None):
            tree.project.runtime.check(tree.project)
            take_away(tree, Terms())


def _is_unchanged(tree: Tree) -> bool:
    """Return whether a worktree still exists and is in the same state."""
    seen = (tree.record.key, tree.record.state)
    return any((one.key, one.state) == seen for one in tree.project.records())
