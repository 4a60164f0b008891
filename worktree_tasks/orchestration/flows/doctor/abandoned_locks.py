"""Check: no lock is held by programs that a killed command left running."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....errors import Failure
from ....machine.lock_holder import end_orphans, named, orphans, who
from ...steps.doctor_check import CheckLook, found

if TYPE_CHECKING:
    from pathlib import Path

    from ...steps.project import Project

__all__ = ["look"]


def look(project: Project) -> CheckLook:
    """Look for locks of worktrees and main that are held only by programs of a killed command."""
    names = ((None, "main"), *((record.branch, record.name) for record in project.records()))
    kept = [(name, project.locks.file(branch)) for branch, name in names if project.locks.locked(branch)]
    return CheckLook(
        "none is held by a killed command",
        tuple(
            found(
                "lock",
                name,
                f"{name} is still locked by {who(file)}",
                repair=lambda file=file: _free(file),  # type: ignore[misc]
            )
            for name, file in kept
            if orphans(file)
        ),
    )


def _free(file: Path) -> None:
    if remaining := end_orphans(file):
        raise Failure(
            f"{named(remaining)} is still running",
            f"kill -9 {' '.join(str(one.pid) for one in remaining)}",
            kind="still-runs",
        )
