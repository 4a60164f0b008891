"""Check: no lock is kept by what a killed command left running."""

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
    """Look for worktrees, and main, whose lock is held only by the programs of a command that was killed."""
    names = ((None, "main"), *((record.branch, record.name) for record in project.records()))
    kept = [(name, project.locks.file(branch)) for branch, name in names if project.locks.locked(branch)]
    return CheckLook(
        "none is kept by a killed command",
        tuple(
            found(
                "lock",
                name,
                f"{name} stays locked by {who(file)}",
                repair=lambda file=file: _free(file),  # type: ignore[misc]
            )
            for name, file in kept
            if orphans(file)
        ),
    )


def _free(file: Path) -> None:
    if left := end_orphans(file):
        raise Failure(
            f"{named(left)} still runs",
            f"kill -9 {' '.join(str(one.pid) for one in left)}",
            kind="still-runs",
        )
