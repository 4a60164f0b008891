"""Check: the state file is intact; a damaged one is set aside, and the checks after this fill a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....configuration.doctor_findings import FIX, Checked, Finding
from ....errors import StateDamaged, WorktreeTasksError
from ....store import open_copy, open_store, set_aside

if TYPE_CHECKING:
    from ...steps.project import Project

__all__ = ["examine"]


def examine(project: Project, damage: StateDamaged | None, *, fix: bool, able: bool) -> Checked:
    """Check the state file.

    Args:
        project: The project, on a blank store if the file could not be opened.
        damage: Why it could not be opened; None if it could.
        fix: Whether to replace a damaged file.
        able: Whether the runtime can be queried, from which records are rebuilt.
    """
    path = project.store.path
    damage = damage or _damage(project)
    if damage is None:
        return Checked("state", str(path) if path.exists() else f"{path} does not exist yet")
    if not (fix and able):
        project.store.close()
        project.work_on(open_copy(blank=True))
        return Checked("state", "", (Finding("state", str(path), damage.what, FIX),))
    try:
        # Without the model no record could be rebuilt.
        _ = project.model
    except WorktreeTasksError as error:
        what = f"{damage.what}; it cannot be rebuilt: {error.what}"
        return Checked("state", "", (Finding("state", str(path), what, error.hint or FIX),))
    project.store.close()
    aside = set_aside(path.parent)
    project.work_on(open_store(path.parent))
    what = f"{damage.what}; kept as {aside}"
    return Checked("state", "", (Finding("state", str(path), what, FIX, fixed=True),))


def _damage(project: Project) -> StateDamaged | None:
    try:
        faults = project.store.faults()
    except StateDamaged as error:
        return error
    return StateDamaged(project.store.path, faults[0].splitlines()[-1]) if faults else None
