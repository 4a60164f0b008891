"""Check: nothing that a killed command began is left half done."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

from ....errors import WorktreeGone
from ...steps.doctor_check import CheckLook, found
from ...steps.removal_terms import Terms
from ...steps.tree import trees
from ...steps.worktree_lock import holding
from ..new import Wish, new
from ..remove import take_away
from ..restore import restore

if TYPE_CHECKING:
    from ...steps.doctor_check import Trouble
    from ...steps.project import Project
    from ...steps.tree import Tree

__all__ = ["look"]


def look(project: Project) -> CheckLook:
    """Look for worktrees that are half made or half removed, and that no command works on."""
    begun = (one for one in trees(project) if one.record.state != "ready")
    left = tuple(_trouble(tree) for tree in begun if not project.locks.busy(tree.record.branch))
    return CheckLook("nothing is half done", left)


def _trouble(tree: Tree) -> Trouble:
    name = shlex.quote(tree.record.name)
    if tree.record.state == "removing":
        aside = f"; its directory is in {tree.record.path}" if tree.record.path != tree.record.home else ""
        return found(
            "unfinished",
            tree.record.name,
            f"the removal of {tree.record.name} was begun and not finished{aside}",
            fix=f"wt.remove {name}",
            repair=lambda: _take_away(tree),
        )
    if tree.record.restoring is not None:
        point = tree.record.restoring
        return found(
            "unfinished",
            tree.record.name,
            f"{tree.record.name} is only half brought back",
            fix=f"wt.restore {shlex.quote(point)}",
            repair=lambda: _still(tree) and restore(tree.project, point),
        )
    what = f"{tree.record.name} is only half made"
    if tree.entry is None:
        # Nobody has worked in it yet: what was made of it goes.
        return found("unfinished", tree.record.name, what, repair=lambda: _take_away(tree))
    return found(
        "unfinished",
        tree.record.name,
        what,
        fix=f"wt.new {shlex.quote(tree.record.branch)}",
        # Whoever opens it runs the hooks of a new worktree.
        repair=lambda: (
            _still(tree) and new(tree.project, Wish(tree.record.branch, start=False, opening=False))
        ),
    )


def _take_away(tree: Tree) -> None:
    """Remove a worktree, unless another command has got on with it meanwhile."""
    state = tree.record.state
    with suppress(WorktreeGone), holding(tree):
        if tree.record.state == state and (state == "removing" or tree.entry is None):
            tree.project.runtime.check(tree.project)
            take_away(tree, Terms())


def _still(tree: Tree) -> bool:
    """Tell whether a worktree is there and in the same state."""
    seen = (tree.record.key, tree.record.state)
    return any((one.key, one.state) == seen for one in tree.project.records())
