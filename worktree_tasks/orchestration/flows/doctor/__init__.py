"""Flow: check everything that can go wrong, and fix what is wrong if asked to.

Without `--fix` nothing is changed: the checks work on an in-memory copy of the records.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from .... import git
from ....configuration.doctor_findings import FIX, Checked, Diagnosis, Finding, told_once
from ....errors import BadUse, StateDamaged, WorktreeTasksError
from ....machine.lock_holder import end_orphans
from ....machine.locks import file_of, hold
from ....quick_dataclasses import replace
from ....store import open_copy, open_store, state_directory
from ...steps import hook_process
from ...steps.doctor_check import Check
from . import (
    abandoned_locks,
    databases,
    directories,
    drift,
    env_files,
    forwards,
    hidden_files,
    leases,
    ports,
    records,
    state_integrity,
    unfinished_worktrees,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....store import Store
    from ...steps.doctor_check import Trouble
    from ...steps.progress import Progress
    from ...steps.project import Project

__all__ = ["doctor", "examined"]

# Each check relies on those before it: an object is leaked only if no record could be found for it.
_CHECKS = (
    Check("locks", abandoned_locks.look, engine=False),
    Check("leases", leases.look_for_orphans, engine=False, recording=True),
    Check("directories", directories.look, engine=False),
    Check("records", records.look, recording=True),
    Check("unfinished", unfinished_worktrees.look, engine=False),
    Check("slots", leases.look),
    Check("ports", ports.look),
    Check("env files", env_files.look, engine=False),
    Check("hidden", hidden_files.look, engine=False),
    Check("databases", databases.look),
    Check("drift", drift.look),
    Check("forwards", forwards.look, engine=False),
)


def doctor(project_on: Callable[[Store], Project], progress: Progress, *, fix: bool) -> Diagnosis:
    """Run all checks, and fix what they find if asked to.

    Args:
        project_on: Opens the project on a store.
        progress: Reports what the command waits for.
        fix: Whether to fix what is found.

    Raises:
        BadUse: `fix` is set, and the command runs inside a hook.
        Failure: The state file cannot be read at all, or the directory is not in a git repository.
    """
    if fix and hook_process.is_inside():
        raise BadUse(
            "wt.doctor --fix cannot run in a hook: the hook's own command is changing what it would fix",
            "run it after that command; wt.doctor without --fix can run at any time",
            kind="in-hook",
        )

    folder = state_directory() / "locks"

    def waiting(who: str) -> None:
        progress.news(f"waiting for another wt.doctor --fix: {who}")
        end_orphans(file_of(folder, "doctor"))

    # Two at once would mistake each other's half-done work for damage.
    with hold(folder, "doctor", waiting, what="wt.doctor --fix") if fix else nullcontext():
        store, damage = _opened(fix=fix)
        project = project_on(store)
        # Here a moved worktree is a finding like any other, and is not followed automatically.
        project.follows = False
        runtime = project.runtime
        git_version, git_works = _git(project)
        facts, programs = runtime.examine(project, git_version)
        answering = not any(check.findings for check in programs)
        stored = state_integrity.examine(project, damage, fix=fix, able=answering)
        checks = [
            examined(project, check, fix=fix, answering=answering) for check in (*_CHECKS, *runtime.checks)
        ]
        return Diagnosis(facts, told_once((git_works, *programs, stored, *checks)))


def _git(project: Project) -> tuple[str | None, Checked]:
    """Return git's version, and the result of checking it."""
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
    """Run a check and return its findings, fixed if asked to; an error in the check is a finding too."""
    if check.engine and not answering:
        return Checked(check.name, "", skipped="since Docker does not answer")
    try:
        look = check.look(project)
    except WorktreeTasksError as error:
        return Checked(check.name, "", (_error_finding(check, error),))
    errors = [_repair(trouble) if fix or check.recording else None for trouble in look.troubles]
    remaining, wrong = _still_wrong(project, check) if fix and look.troubles else (None, ())
    findings = (
        _finding_after(trouble, error, remaining)
        for trouble, error in zip(look.troubles, errors, strict=True)
    )
    return Checked(check.name, look.summary, (*findings, *wrong))


def _still_wrong(project: Project, check: Check) -> tuple[set[Finding] | None, tuple[Finding, ...]]:
    """Run a check again: what it still finds was not fixed, whatever the repair reported.

    Returns:
        The remaining findings, None if the check failed, and a finding with the reason.
    """
    try:
        return {trouble.finding for trouble in check.look(project).troubles}, ()
    except WorktreeTasksError as error:
        return None, (_error_finding(check, error),)


def _error_finding(check: Check, error: WorktreeTasksError) -> Finding:
    return Finding(check.name.replace(" ", "-"), "project", error.what, error.hint or FIX)


def _repair(trouble: Trouble) -> WorktreeTasksError | None:
    try:
        if trouble.repair:
            trouble.repair()
    except WorktreeTasksError as error:
        return error
    return None


def _finding_after(
    trouble: Trouble, error: WorktreeTasksError | None, remaining: set[Finding] | None
) -> Finding:
    finding = trouble.finding
    if error is not None:
        what = f"{finding.what}; the fix failed: {error.what}"
        return replace(finding, what=what, fix=error.hint or finding.fix)
    return replace(
        finding, fixed=trouble.repair is not None and remaining is not None and finding not in remaining
    )
