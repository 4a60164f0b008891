"""Flows: a stack brought up whatever its state, stopped with its ports kept, restarted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import Failure
from ..runtimes.table import runtime_of
from ..steps.aside import take_back
from ..steps.holding import holding
from ..steps.hooks import after_new
from ..steps.linked import refuse_unlinked
from ..steps.worktree import find_tree
from ..steps.worktree_state import view
from .launch import launch
from .sequence import carry_out

if TYPE_CHECKING:
    from ...configuration.results import Worktree
    from ..steps.project import Project
    from ..steps.tree import Tree

__all__ = ["restart", "start", "stop"]


def start(project: Project, name: str, *, build: bool = False) -> Worktree:
    """Bring a worktree's stack up and wait until it answers.

    Args:
        project: The project.
        name: The worktree.
        build: Whether this worktree's images are built anew.

    Raises:
        BadUse: No worktree bears the name.
        Failure: Its directory is gone, or a step or a hook failed.
    """
    project.check()
    tree = find_tree(project, name)
    with holding(tree):
        return _bring_up(tree, build=build)


def _bring_up(tree: Tree, *, build: bool) -> Worktree:
    take_back(tree)
    if not tree.record.path.is_dir():
        raise Failure(
            f"{tree.record.home} is gone",
            f"bring it back, or run wt.remove {tree.record.name} to let go of what it left",
            kind="worktree-deleted",
        )
    refuse_unlinked(tree)
    carry_out(tree, *runtime_of(tree).goals(start=True))
    tree.update(state="ready")
    launch(tree, build=build)
    after_new(tree)
    return view(tree)


def stop(project: Project, name: str) -> Worktree:
    """Stop a worktree's stack; its containers, ports and names are kept.

    Raises:
        BadUse: No worktree bears the name.
    """
    project.check_docker()
    tree = find_tree(project, name)
    with holding(tree):
        runtime = runtime_of(tree)
        with project.progress.step("containers") as say:
            count = runtime.stop(tree)
            say(f"{count} stopped" if count else "none was running")
        with project.progress.step("network") as say:
            runtime.detach(tree)
            say("main's services detached")
        return view(tree)


def restart(project: Project, name: str) -> Worktree:
    """Stop a worktree's stack and bring it up again."""
    stop(project, name)
    return start(project, name)
