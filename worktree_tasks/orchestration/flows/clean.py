"""Flow: remove worktrees whose work is in the base, and give the reason why each of the others stays."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ... import git
from ...configuration.cleaning import CleaningFacts, Verdict, decide
from ...errors import Failure, Refused, WorktreeGone
from ...machine import processes
from ...quick_dataclasses import dataclass, replace
from ..steps.database_trash import drop_expired_databases, expired_databases
from ..steps.losses import how_merged, losses_of, refuse_to_lose, work_in
from ..steps.moving_aside import correct_path
from ..steps.removal_terms import Terms
from ..steps.trash import drop_expired, expired
from ..steps.worktree_handle import trees
from ..steps.worktree_lock import holding
from .remove import take_away

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ...errors import WorktreeTasksError
    from ...git import Entry, RestorePoint
    from ...store import Database, Record
    from ..steps.project import Project
    from ..steps.worktree_handle import Tree

__all__ = ["Cleaning", "CleaningRow", "clean", "survey"]

_MEANWHILE = "another command removed it in the meantime"


@dataclass(frozen=True, slots=True)
class CleaningRow:
    """A worktree, with the decision on it.

    Attributes:
        name: Its name.
        branch: The branch that is checked out; None if there is none.
        path: Its directory.
        remove: Whether it is to be removed.
        reason: Why it is removed or stays.
        key: Its record's key; None if it is not ours.
        removed: Whether it was removed.
        restore_point: The restore point from which `wt.restore` brings it back.
    """

    name: str
    branch: str | None
    path: Path
    remove: bool
    reason: str
    key: str | None = None
    removed: bool = False
    restore_point: str | None = None


@dataclass(frozen=True, slots=True)
class Cleaning:
    """The worktrees, and the restore points and databases in the trash that have expired."""

    worktrees: tuple[CleaningRow, ...]
    expired: tuple[RestorePoint, ...] = ()
    databases: tuple[Database, ...] = ()

    @property
    def needed(self) -> bool:
        """Whether anything is to be removed."""
        return bool(self.expired or self.databases) or any(row.remove for row in self.worktrees)


def survey(project: Project, *, note: bool = False) -> Cleaning:
    """Decide on every worktree without changing any; needs neither the network nor the engine.

    Args:
        project: The project.
        note: Whether to record what in the trash was seen to have expired; only `clean` does.
    """
    ours = trees(project)
    for tree in ours:
        # A worktree that another command works on is left to that command.
        if not project.locks.busy(tree.record.branch):
            correct_path(tree)
    known = {project.main, *(tree.record.path for tree in ours)}
    strangers = [entry for entry in project.worktrees() if entry.path not in known and not entry.bare]
    rows = [_row(tree, tree.entry) for tree in ours]
    rows += [_stranger(entry, project.base) for entry in strangers]
    return Cleaning(tuple(rows), expired(project, note=note), expired_databases(project, note=note))


def clean(project: Project, found: Cleaning) -> Cleaning:
    """Remove what a survey found, each with a restore point, after checking it once more.

    Raises:
        DockerUnavailable: No engine is reachable; nothing is removed.
    """
    if any(row.remove for row in found.worktrees):
        project.runtime.check(project)
    rows = tuple(_removed(project, row) if row.remove else row for row in found.worktrees)
    for chosen, row in zip(found.worktrees, rows, strict=True):
        if chosen.remove and not row.removed:
            project.progress.note(f"{row.name} is kept: {row.reason}")
    drop_expired(project, found.expired)
    for problem in drop_expired_databases(project, found.databases):
        project.progress.note(problem)
    return replace(found, worktrees=rows)


def _removed(project: Project, row: CleaningRow) -> CleaningRow:
    tree = next((one for one in trees(project) if one.record.key == row.key), None)
    if tree is None:
        return replace(row, removed=True, reason=_MEANWHILE)
    if project.locks.busy(tree.record.branch):
        return replace(row, remove=False, reason="another wt command is working on it")
    try:
        with holding(tree):
            entry = tree.entry
            again = _row(tree, entry, alone=True)
            if not again.remove:
                return again
            gone = take_away(tree, _terms(tree.record, entry))
    except WorktreeGone:
        return replace(row, removed=True, reason=_MEANWHILE)
    except (Failure, Refused) as error:
        return replace(row, remove=False, reason=_reason(tree, error))
    return replace(row, removed=True, restore_point=gone.restore_point)


def _terms(record: Record, entry: Entry | None) -> Terms:
    """Return the terms for removing a worktree whose checked-out commit is in the base."""
    present = entry is not None and record.path.is_dir()
    landed = entry.head if present and entry and entry.branch == record.branch else None
    return Terms(save=present, landed=landed)


def _stranger(entry: Entry, base: str) -> CleaningRow:
    decision = decide(CleaningFacts(base, str(entry.path), branch=entry.branch), min_age=0)
    return CleaningRow(entry.path.name, entry.branch, entry.path, decision.remove, decision.reason)


def _row(tree: Tree, entry: Entry | None, *, alone: bool = False) -> CleaningRow:
    decision = decide(_facts(tree, entry, alone=alone), min_age=tree.project.settings.clean_min_age)
    if decision.remove:
        decision = _objection(tree) or decision
    branch = entry.branch if entry else tree.record.branch
    return CleaningRow(
        tree.record.name, branch, tree.record.path, decision.remove, decision.reason, tree.record.key
    )


def _objection(tree: Tree) -> Verdict | None:
    """Return a verdict to keep the worktree if `remove` would refuse; None if it would not."""
    try:
        refuse_to_lose(tree, work_in(tree))
    except (Refused, Failure) as error:
        return Verdict(remove=False, reason=_reason(tree, error))
    return None


def _reason(tree: Tree, error: WorktreeTasksError) -> str:
    """Return why a worktree was not removed, without the words that say so."""
    return error.what.removeprefix(f"{tree.record.name} is not removed: ")


def _facts(tree: Tree, entry: Entry | None, *, alone: bool) -> CleaningFacts:
    base = tree.project.base
    present = tree.record.path.is_dir()
    facts = CleaningFacts(
        base=base,
        name=tree.record.name,
        age=max(0.0, time.time() - tree.record.created),
        removing=tree.record.state == "removing",
        creating=tree.record.state == "creating",
        present=present,
        housed=tree.record.path.parent.is_dir(),
        registered=entry is not None,
        branch=entry.branch if entry else tree.record.branch,
        locked=entry.held if entry else None,
        busy=not alone and tree.project.locks.busy(tree.record.branch),
    )
    if entry is None or not present:
        return facts
    try:
        losses = losses_of(tree, entry, None)
        changes = git.changes(tree.project.repository, entry, base=base)
    except Failure:
        return facts
    return replace(
        facts,
        processes=_words(processes.working_in(tree.record.path)),
        losses=losses,
        merged=how_merged(tree, entry, base),
        begun=not git.no_commits_yet(
            tree.project.repository, branch=entry.branch, base=base, start=tree.record.start_commit
        ),
        ahead=changes.ahead,
    )


def _words(found: Iterable[processes.Process] | None) -> tuple[str, ...] | None:
    return None if found is None else tuple(f"{one.pid} ({one.name})" for one in found)
