"""Flow: everything that can have gone wrong is looked at, and fixed when that is asked for.

Without `--fix` nothing is changed: the records that the checks work on are a copy in memory.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from .... import git
from ....configuration.doctor_findings import FIX, Checked, Diagnosis, Finding, told_once
from ....errors import BadUse, StateDamaged, WorktreeTasksError
from ....machine.lock_holder import end_orphans
from ....machine.locks import file_of, hold
from ....store import open_copy, open_store, state_directory
from ...steps import hook_process
from ...steps.doctor_check import Check
from . import (
    abandoned_locks,
    databases,
    directories,
    drift,
    env,
    forwards,
    hidden_files,
    leases,
    ports,
    records,
    state,
    unfinished,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....store import Store
    from ...steps.doctor_check import Trouble
    from ...steps.progress import Progress
    from ...steps.project import Project

__all__ = ["doctor", "examined"]

# Each stands on those before it: objects are leaked only where no record can be found for them.
_CHECKS = (
    Check("locks", abandoned_locks.look, engine=False),
    Check("leases", leases.look_for_orphans, engine=False, recording=True),
    Check("directories", directories.look, engine=False),
    Check("records", records.look, recording=True),
    Check("unfinished", unfinished.look, engine=False),
    Check("slots", leases.look),
    Check("ports", ports.look),
    Check("env files", env.look, engine=False),
    Check("hidden", hidden_files.look, engine=False),
    Check("databases", databases.look),
    Check("drift", drift.look),
    Check("forwards", forwards.look, engine=False),
)


def doctor(project_on: Callable[[Store], Project], progress: Progress, *, fix: bool) -> Diagnosis:
    """Look at everything, and repair what was found when that is asked for.

    Args:
        project_on: Opens the project on a store.
        progress: Where it is said what is waited for.
        fix: Whether what was found is fixed.

    Raises:
        BadUse: It is to fix what it finds, and runs in a hook.
        Failure: The state file cannot be read at all, or there is no git repository here.
    """
    if fix and hook_process.is_inside():
        raise BadUse(
            "wt.doctor --fix does not run in a hook, whose command works on what would be fixed",
            "run it after that command; wt.doctor looks at any time",
            kind="in-hook",
        )

    folder = state_directory() / "locks"

    def waiting(who: str) -> None:
        progress.news(f"waiting for another wt.doctor --fix: {who}")
        end_orphans(file_of(folder, "doctor"))

    # Two of them would take each other's half-done work for damage.
    with hold(folder, "doctor", waiting, what="wt.doctor --fix") if fix else nullcontext():
        store, damage = _opened(fix=fix)
        project = project_on(store)
        # What was moved is a finding here, and fixed as any other.
        project.follows = False
        runtime = project.runtime
        git_version, git_works = _git(project)
        facts, programs = runtime.examine(project, git_version)
        answering = not any(check.findings for check in programs)
        stored = state.examine(project, damage, fix=fix, able=answering)
        checks = [
            examined(project, check, fix=fix, answering=answering) for check in (*_CHECKS, *runtime.checks)
        ]
        return Diagnosis(facts, told_once((git_works, *programs, stored, *checks)))


def _git(project: Project) -> tuple[str | None, Checked]:
    """Return the version of the git program, and what is wrong with it."""
    try:
        version = git.version(project.main)
    except WorktreeTasksError as error:
        return None, Checked("git", "", (Finding("git", "git", error.what, error.hint),))
    return version, Checked("git", version)


def _opened(*, fix: bool) -> tuple[Store, StateDamaged | None]:
    try:
        return (open_store() if fix else open_copy()), None
    except StateDamaged as error:
        return open_copy(blank=True), error


def examined(project: Project, check: Check, *, fix: bool, answering: bool) -> Checked:
    """Return what a check found, and what became of it; what goes wrong meanwhile is a finding too."""
    if check.engine and not answering:
        return Checked(check.name, "", skipped="since Docker does not answer")
    try:
        look = check.look(project)
    except WorktreeTasksError as error:
        return Checked(check.name, "", (_of_error(check, error),))
    errors = [_repair(trouble) if fix or check.recording else None for trouble in look.troubles]
    left, wrong = _still_wrong(project, check) if fix and look.troubles else (None, ())
    told = (
        _finding_after(trouble, error, left) for trouble, error in zip(look.troubles, errors, strict=True)
    )
    return Checked(check.name, look.said, (*told, *wrong))


def _still_wrong(project: Project, check: Check) -> tuple[set[Finding] | None, tuple[Finding, ...]]:
    """Look again: what still stands there was not fixed, whatever the repair said.

    Returns:
        What stands there, None when that cannot be seen, and why it cannot.
    """
    try:
        return {trouble.finding for trouble in check.look(project).troubles}, ()
    except WorktreeTasksError as error:
        return None, (_of_error(check, error),)


def _of_error(check: Check, error: WorktreeTasksError) -> Finding:
    return Finding(check.name.replace(" ", "-"), "project", error.what, error.hint or FIX)


def _repair(trouble: Trouble) -> WorktreeTasksError | None:
    try:
        if trouble.repair:
            trouble.repair()
    except WorktreeTasksError as error:
        return error
    return None


def _finding_after(trouble: Trouble, error: WorktreeTasksError | None, left: set[Finding] | None) -> Finding:
    finding = trouble.finding
    if error is not None:
        what = f"{finding.what}; it cannot be fixed: {error.what}"
        return replace(finding, what=what, fix=error.hint or finding.fix)
    return replace(finding, fixed=trouble.repair is not None and left is not None and finding not in left)
