"""Flow: stop a worktree's stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..steps.worktree_lock import holding
from ..steps.worktree_search import find_tree
from ..steps.worktree_state import view

if TYPE_CHECKING:
    from ...configuration.worktree_result import Worktree
    from ..steps.project import Project

__all__ = ["stop"]


def stop(project: Project, name: str) -> Worktree:
    """Stop a worktree's stack; its containers, ports and names are kept.

    Raises:
        BadUse: No worktree has that name.
    """
    project.runtime.check(project)
    tree = find_tree(project, name)
    with holding(tree):
        runtime = tree.runtime
        with project.progress.step("containers") as say:
            count = runtime.stop(tree)
            say(f"{count} stopped" if count else "none was running")
        with project.progress.step("network") as say:
            say(f"{', '.join(runtime.detach(tree)) or 'no shared services'} detached")
        return view(tree)
