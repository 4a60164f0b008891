"""Check: no file of main's is hidden from git by an exclude line that worktrees need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .... import git
from ...steps.doctor_check import CheckLook, found
from ...steps.limitations import hidden

if TYPE_CHECKING:
    from ...steps.project import Project

__all__ = ["look"]


def look(project: Project) -> CheckLook:
    """Look for untracked files in main that our exclude line hides from git."""
    troubles = tuple(
        found("hidden", name, hidden(name), fix=f"git add --force {name}")
        for name in git.hidden_by_us(project.repository)
    )
    return CheckLook("git shows all of main's files", troubles)
