"""Flow: a worktree brought back from the trash, as it was when it was removed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ... import git
from ...configuration import naming
from ...configuration.ports import Port
from ...errors import BadUse, Failure, Refused
from ..steps.aside import take_back
from ..steps.ports import port_list
from ..steps.trash import listed
from ..steps.worktree import worktree_root

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ...git import RestorePoint
    from ...store import Record
    from ..steps.project import Site

__all__ = ["Restored", "find_point", "restore"]


@dataclass(frozen=True, slots=True)
class Restored:
    """What `restore` brought back: the worktree's name, branch and path, and from which restore point.

    Attributes:
        branch: The branch that is checked out; None when detached.
        changed: False when it had been brought back already.
    """

    name: str
    branch: str | None
    path: Path
    restore_point: str
    changed: bool = True


def restore(site: Site, name: str) -> Restored:
    """Bring a removed worktree back: branch, index and files; its stack stays down until it is started.

    Run again after a crash, it finishes the job; run again after that, it changes nothing.

    Raises:
        BadUse: No restore point bears the name.
        Failure: Something is in the way of the worktree.
    """
    point = find_point(site, name)
    with site.alone(point.notes["branch"]):
        # Its time may have been over while we waited.
        point = find_point(site, point.name)
        done = next((one for one in site.records() if one.restored == point.name), None)
        if done is not None and (done := take_back(site, done)).path.is_dir():
            return Restored(done.name, done.branch, done.path, point.name, changed=False)
        if (begun := _taken_back(site, point)) is not None:
            return Restored(begun.name, begun.branch, begun.path, point.name)
        git.bring_back_commits(site.repository, point)
        record = _begin(site, point)
        renamed = _restore_branches(site, point, record)
        record = site.store.update(record, branch=renamed[point.notes["branch"]])
        record, left_out = _lease_again(site, point, record)
        _restore_files(site, point, record, renamed, left_out)
        record = site.store.update(record, state="ready", restoring=None, restored=point.name)
        return Restored(record.name, renamed.get(point.branch or ""), record.path, point.name)


def _taken_back(site: Site, point: RestorePoint) -> Record | None:
    """Take back the removal that made a restore point and has not ended, and return the worktree's record.

    Raises:
        Failure: Its directory is deleted already.
    """
    begun = next((one for one in site.records() if (one.trash, one.state) == (point.name, "removing")), None)
    if begun is None:
        return None
    record = take_back(site, begun)
    if record.state == "removing":
        raise Failure(
            f"the removal of {record.name} has not ended yet",
            f"wt.remove {record.name} finishes it, then run the same command again",
        )
    return record


def find_point(site: Site, name: str) -> RestorePoint:
    """Find a restore point by its name, or by its worktree's; the newest of several, which is said.

    Raises:
        BadUse: None is meant.
    """
    points = listed(site)
    wanted = naming.fold(name)
    meant = [one for one in points if one.name == name] or [
        one
        for one in points
        if wanted in {naming.fold(each) for each in (one.worktree, one.notes.get("branch")) if each}
    ]
    if not meant:
        raise BadUse(f"no restore point is called {name!r}", "wt.trash shows them all")
    newest, *older = meant
    if older:
        others = ", ".join(one.name for one in older)
        site.progress.note(f"the newest of {len(meant)} restore points, {newest.name}; the others: {others}")
    return newest


def _begin(site: Site, point: RestorePoint) -> Record:
    """Record the worktree anew, in its old place if that is free."""
    begun = next((one for one in site.records() if one.restoring == point.name), None)
    if begun is not None:
        return begun
    notes = point.notes
    old = Path(notes["path"])
    trees = {tree.path for tree in git.worktrees(site.repository)}
    taken = os.path.lexists(old) or old in trees or old in {one.path for one in site.records()}
    root = worktree_root(site)
    record = site.store.create(
        site.known() or site.project,
        branch=notes["branch"],
        name=lambda held: (
            point.worktree if point.worktree not in held else naming.slug(notes["branch"], held)
        ),
        path=lambda slug: root / slug if taken else old,
        start_commit=notes["start_commit"],
        made_branch=notes["made_branch"],
        host="",
        restoring=point.name,
    )
    if os.path.lexists(record.path):
        site.store.delete(record)
        raise Refused(f"{record.path} exists already", "move it away, then run the same command again")
    host = site.settings.host.format(slug=record.name, project=(site.known() or site.project).name)
    return site.store.update(record, host=host)


def _restore_branches(site: Site, point: RestorePoint, record: Record) -> dict[str, str]:
    """Have the worktree's branches where they were; return the names that they have now."""
    notes = point.notes
    tips = {notes["branch"]: notes["tip"], **({point.branch: point.head} if point.branch else {})}
    renamed: dict[str, str] = {}
    with site.progress.step("branch") as say:
        for branch, tip in tips.items():
            renamed[branch] = branch
            if tip and not _has_moved_on(site, point, branch, tip):
                renamed[branch] = git.restore_branch(site.repository, branch, tip, path=record.path)
            if renamed[branch] != branch:
                site.progress.note(f"branch {branch} is elsewhere by now; it came back as {renamed[branch]}")
        if notes["upstream"] and git.upstream_of(site.repository, renamed[notes["branch"]]) is None:
            try:
                git.track(site.repository, renamed[notes["branch"]], notes["upstream"])
            except Failure as error:
                site.progress.note(f"{renamed[notes['branch']]} tracks nothing: {error.what}")
        say(", ".join(renamed.values()))
    return renamed


def _has_moved_on(site: Site, point: RestorePoint, branch: str, tip: str) -> bool:
    """Return whether a branch that was not checked out is there with all that it had."""
    if branch == point.branch or point.operation or git.tip_of(site.repository, branch) is None:
        return False
    return git.branch_contains(site.repository, branch, tip)


class _TakenError(Exception):
    """What a worktree had is another's by now."""


def _lease_again(site: Site, point: RestorePoint, record: Record) -> tuple[Record, frozenset[str]]:
    """Lease the slot and ports that the worktree had, which its files name, if they are still free.

    Returns:
        The record; and the files that name what it could not get again, which `start` writes anew.
    """
    notes = point.notes
    ports = tuple(Port(**one) for one in notes["ports"])

    def choose(used: Collection[int], held: dict[tuple[int, str], str]) -> tuple[int, Iterable[Port]]:
        if notes["slot"] in used or any((one.published, one.protocol) in held for one in ports):
            raise _TakenError
        return notes["slot"], ports

    broker = notes["broker_database"]
    if record.slot is None and notes["slot"] is not None:
        try:
            record = site.store.lease_slot(record, choose)
        except _TakenError:
            site.progress.note(
                f"its ports ({port_list(ports)}) are another worktree's by now, and it gets new ones when"
                " it starts; files that you edited may name the old ones"
            )
    if record.broker_database is None and broker is not None:
        record = site.store.lease(
            record, "broker_database", lambda held: broker if broker not in set[object](held) else None
        )
    same = (record.slot, record.broker_database) == (notes["slot"], broker)
    return record, frozenset() if same else frozenset(notes["written"])


def _restore_files(
    site: Site, point: RestorePoint, record: Record, renamed: dict[str, str], left_out: frozenset[str]
) -> None:
    with site.progress.step("worktree") as say:
        warnings = git.restore_worktree(
            site.repository,
            point,
            record.path,
            branch=renamed[point.branch] if point.branch else None,
            renamed=renamed,
            without=left_out,
        )
        for warning in warnings:
            site.progress.note(warning)
        git.mark(site.repository, record.path, record.key, site.store.path.parent)
        written = {path: digest for path, digest in point.notes["written"].items() if path not in left_out}
        site.store.note_written(record, written)
        doing = f", a {point.operation} in progress" if point.operation else ""
        say(f"{record.path}, as it was{doing}")
