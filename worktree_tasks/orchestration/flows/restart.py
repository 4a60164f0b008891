"""Flow: restart a worktree's stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .start import start
from .stop import stop

if TYPE_CHECKING:
    from ...configuration.worktree_result import Worktree
    from ..steps.project import Project

__all__ = ["restart"]


def restart(project: Project, name: str) -> Worktree:
    """Stop a worktree's stack and start it again.

    Raises:
        BadUse: No worktree has that name.
        Failure: Its directory is gone, or a step or a hook failed.
    """
    stop(project, name)
    return start(project, name)
