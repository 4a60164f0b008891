"""Flow: start a worktree's stack from any state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.compose.role_changes import change_lines
from ...errors import Refused
from ...quick_dataclasses import replace
from ..steps.database_copies import make_databases
from ..steps.git_link import refuse_unusable_directory
from ..steps.hooks import after_new
from ..steps.moving_aside import undo_removal
from ..steps.queue_databases import queue_change, renew_broker
from ..steps.recorded_roles import changes
from ..steps.url_host import record_host
from ..steps.worktree_lock import holding
from ..steps.worktree_search import find_tree
from ..steps.worktree_state import look, view
from .launch import launch
from .step_order import carry_out

if TYPE_CHECKING:
    from ...configuration.worktree_result import Worktree
    from ..steps.project import Project
    from ..steps.worktree_handle import Tree

__all__ = ["start", "start_tree"]


def start(project: Project, name: str, *, build: bool = False, renew: bool = False) -> Worktree:
    """Start a worktree's stack and wait until it answers.

    Args:
        project: The project.
        name: The worktree.
        build: Whether to rebuild this worktree's images.
        renew: Whether to decide anew what was decided for it, such as which services are its own.

    Raises:
        BadUse: No worktree has that name.
        Refused: Its restore was interrupted.
        Failure: Its directory is gone, or a step or a hook failed.
    """
    project.check()
    return start_tree(find_tree(project, name), build=build, renew=renew)


def start_tree(tree: Tree, *, build: bool = False, renew: bool = False) -> Worktree:
    """Start the stack of a worktree; see `start`."""
    with holding(tree):
        return _bring_up(tree, build=build, renew=renew)


def _bring_up(tree: Tree, *, build: bool, renew: bool) -> Worktree:
    undo_removal(tree)
    if tree.record.restoring and not tree.record.path.is_dir():
        raise Refused(
            f"{tree.record.home} does not exist yet: its restore was interrupted",
            f"wt.restore {tree.record.restoring} finishes it",
            kind="restore-unfinished",
        )
    refuse_unusable_directory(tree)
    if renew:
        _renew(tree)
    carry_out(tree, *tree.runtime.goals(start=True))
    made = make_databases(tree)
    tree.update(state="ready")
    seen = launch(tree, build=build, made=made)
    if after_new(tree):
        seen = look(tree)
    pending = () if renew else changes(tree)
    for line in change_lines(pending, tree.record.name):
        tree.project.progress.note(line)
    return replace(view(tree, seen), pending=pending)


def _renew(tree: Tree) -> None:
    """Let all steps decide anew; the stack is stopped first if queued jobs would be dropped."""
    tree.renewing = True
    changed = queue_change(tree)
    # Main's Redis can be asked to drop the jobs only while the worktree still shares it.
    tree.renewing = False
    if changed:
        tree.runtime.stop(tree)
        if outcome := renew_broker(tree):
            tree.project.progress.news(outcome)
    record_host(tree)
    tree.renewing = True
