"""Check: no worktree's database has migrations that its branch lacks or has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....configuration.drift.drift_lines import differing
from ....parallel import each
from ...steps.doctor_check import CheckLook, found, usable, worktree_count
from ...steps.drift import drift_of

if TYPE_CHECKING:
    from ...steps.project import Project

__all__ = ["look"]


def look(project: Project) -> CheckLook:
    """Look for migrations in databases that branches do not expect; pending ones are no fault."""
    trees = usable(project)
    drift = dict(zip((tree.record.name for tree in trees), each(drift_of, trees), strict=True))
    behind = [name for name, aparts in drift.items() if any(one.pending for one in aparts)]
    pending = f", {len(behind)} with pending migrations" if behind else ""
    return CheckLook(
        f"{worktree_count(trees)} compared{pending}",
        tuple(
            found("drift", name, what, fix=help_)
            for name, aparts in drift.items()
            for apart in aparts
            for what, help_ in differing(apart, name)
        ),
    )
