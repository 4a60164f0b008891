"""Flow: worktrees whose work is in the base go, and each of the others stays for a reason that is told."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ... import git
from ...configuration.cleaning import Decision, Facts, decide
from ...errors import Failure, Refused, WorktreeGone
from ...machine import processes
from ..steps.holding import holding
from ..steps.losses import landed_as, losses_of, refuse_to_lose, work_in
from ..steps.terms import Terms
from ..steps.trash import drop_expired, expired
from ..steps.worktree import find_moved, tree_of
from .remove import take_away

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ...git import RestorePoint, Worktree
    from ...store import Record
    from ..steps.project import Site

__all__ = ["Cleaning", "Row", "clean", "survey"]

_MEANWHILE = "another command removed it meanwhile"


@dataclass(frozen=True, slots=True)
class Row:
    """One worktree on the list.

    Attributes:
        name: Its name.
        branch: The branch that is checked out.
        path: Its directory.
        remove: Whether it goes.
        reason: Why it goes or stays.
        key: Its record's key; None when it is not ours.
        removed: Whether it is gone.
        restore_point: What `wt.restore` brings it back from.
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
    """The list: worktrees, and restore points whose time is over."""

    worktrees: tuple[Row, ...]
    expired: tuple[RestorePoint, ...] = ()

    @property
    def needed(self) -> bool:
        """Whether anything on the list goes."""
        return bool(self.expired) or any(row.remove for row in self.worktrees)


def survey(site: Site, *, note: bool = False) -> Cleaning:
    """Decide on every worktree, without touching any; needs neither the network nor the engine.

    Args:
        site: The project.
        note: Whether to note of which restore points the time was seen to be over, as only `clean` does.
    """
    base = git.default_branch(site.repository, site.settings.base)
    records = {record.path: record for record in (_in_place(site, one) for one in site.records())}
    trees = git.worktrees(site.repository)
    strangers = [tree for tree in trees if tree.path not in {site.main, *records} and not tree.bare]
    rows = [_row(site, record, tree_of(site, record), base) for record in records.values()]
    rows += [_stranger(tree, base) for tree in strangers]
    return Cleaning(tuple(rows), expired(site, note=note))


def _in_place(site: Site, record: Record) -> Record:
    """Return a record with its directory's place; what another command works on is left to that."""
    return record if site.busy(record.branch) else find_moved(site, record)


def clean(site: Site, found: Cleaning) -> Cleaning:
    """Remove what is on a list, each with a restore point, after looking at it once more.

    Raises:
        DockerUnavailable: No engine answers; nothing is removed.
    """
    if any(row.remove for row in found.worktrees):
        site.check_docker()
    rows = tuple(_removed(site, row) if row.remove else row for row in found.worktrees)
    drop_expired(site, found.expired)
    return replace(found, worktrees=rows)


def _removed(site: Site, row: Row) -> Row:
    record = next((one for one in site.records() if one.key == row.key), None)
    if record is None:
        return replace(row, removed=True, reason=_MEANWHILE)
    if site.busy(record.branch):
        return replace(row, remove=False, reason="a command of ours runs in it")
    try:
        with holding(site, record) as now:
            base = git.default_branch(site.repository, site.settings.base)
            tree = tree_of(site, now)
            again = _row(site, now, tree, base, alone=True)
            if not again.remove:
                return again
            gone = take_away(site, now, _terms(now, tree))
    except WorktreeGone:
        return replace(row, removed=True, reason=_MEANWHILE)
    except (Failure, Refused) as error:
        return replace(row, remove=False, reason=error.what)
    return replace(row, removed=True, restore_point=gone.restore_point)


def _terms(record: Record, tree: Worktree | None) -> Terms:
    """Return on what terms a worktree goes whose checked-out commit is in the base."""
    present = tree is not None and record.path.is_dir()
    landed = tree.head if present and tree and tree.branch == record.branch else None
    return Terms(save=present, landed=landed)


def _stranger(tree: Worktree, base: str) -> Row:
    decision = decide(Facts(base, branch=tree.branch), min_age=0)
    return Row(tree.path.name, tree.branch, tree.path, decision.remove, decision.reason)


def _row(site: Site, record: Record, tree: Worktree | None, base: str, *, alone: bool = False) -> Row:
    decision = decide(_facts(site, record, tree, base, alone=alone), min_age=site.settings.clean_min_age)
    if decision.remove:
        decision = _objection(site, record) or decision
    branch = tree.branch if tree else record.branch
    return Row(record.name, branch, record.path, decision.remove, decision.reason, record.key)


def _objection(site: Site, record: Record) -> Decision | None:
    """Return what `remove` would object to."""
    try:
        refuse_to_lose(site, record, work_in(site, record))
    except (Refused, Failure) as error:
        return Decision(remove=False, reason=error.what.removeprefix(f"{record.name} is not removed: "))
    return None


def _facts(site: Site, record: Record, tree: Worktree | None, base: str, *, alone: bool) -> Facts:
    present = record.path.is_dir()
    facts = Facts(
        base=base,
        age=max(0.0, time.time() - record.created),
        removing=record.state == "removing",
        creating=record.state == "creating",
        present=present,
        registered=tree is not None,
        branch=tree.branch if tree else record.branch,
        locked=tree.locked if tree else None,
        busy=not alone and site.busy(record.branch),
    )
    if tree is None or not present:
        return facts
    try:
        losses = losses_of(site, record, tree, None)
        changes = git.changes(site.repository, tree, base=base)
    except Failure:
        return facts
    return replace(
        facts,
        processes=_words(processes.working_in(record.path)),
        losses=losses,
        merged=landed_as(site, record, tree, base),
        begun=not git.no_commits_yet(
            site.repository, branch=tree.branch, base=base, start=record.start_commit
        ),
        ahead=changes.ahead,
    )


def _words(found: Iterable[processes.Process] | None) -> tuple[str, ...] | None:
    return None if found is None else tuple(f"{one.pid} ({one.name})" for one in found)
