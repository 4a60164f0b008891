"""Flow: bring a worktree back from the trash, as it was when it was removed."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from ... import git
from ...configuration import naming
from ...configuration.ports import Port
from ...errors import Failure, Refused
from ...quick_dataclasses import dataclass
from ..steps.moving_aside import undo_removal
from ..steps.ports import port_list
from ..steps.queue_databases import lease_again
from ..steps.removal_terms import Terms
from ..steps.trash import find_point
from ..steps.url_host import record_host
from ..steps.worktree_handle import Tree, trees
from .remove import take_away

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ...git import RestorePoint
    from ..steps.project import Project

__all__ = ["Restored", "restore"]


@dataclass(frozen=True, slots=True)
class Restored:
    """What `restore` brought back: the worktree's name, branch and path, and from which restore point.

    Attributes:
        branch: The branch that is checked out; None if detached.
        changed: False if it had already been brought back.
    """

    name: str
    branch: str | None
    path: Path
    restore_point: str
    changed: bool = True


def restore(project: Project, name: str) -> Restored:
    """Bring a removed worktree back: branch, index and files; its stack stays down until it is started.

    After a crash, run it again to finish; after success, running it again changes nothing.

    Raises:
        BadUse: No restore point has that name.
        Failure: Something is in the way of the worktree, or its unfinished removal cannot be finished.
    """
    point = find_point(project, name, note=True)
    with project.locks.alone(point.notes["branch"]):
        # It may have expired while we waited for the lock.
        point = find_point(project, point.name)
        done = next((one for one in trees(project) if one.record.restored == point.name), None)
        if done is not None:
            undo_removal(done)
            if done.record.path.is_dir():
                return _restored(done, done.record.branch, point, changed=False)
        if (begun := _taken_back(project, point)) is not None:
            return _restored(begun, begun.record.branch, point)
        git.bring_back_commits(project.repository, point)
        tree = _begin(project, point)
        renamed = _restore_branches(tree, point)
        tree.update(branch=renamed[point.notes["branch"]])
        left_out = _lease_again(tree, point)
        _restore_files(tree, point, renamed, left_out)
        tree.update(state="ready", restoring=None, restored=point.name)
        return _restored(tree, renamed.get(point.branch or ""), point)


def _restored(tree: Tree, branch: str | None, point: RestorePoint, *, changed: bool = True) -> Restored:
    return Restored(tree.record.name, branch, tree.record.path, point.name, changed)


def _taken_back(project: Project, point: RestorePoint) -> Tree | None:
    """Undo the unfinished removal that made a restore point, and return its worktree.

    Returns:
        None if there is no such removal, or if it was finished because the directory is deleted already.
    """
    began = (point.name, "removing")
    tree = next((one for one in trees(project) if (one.record.trash, one.record.state) == began), None)
    if tree is None:
        return None
    undo_removal(tree)
    if tree.record.state == "removing":
        take_away(tree, Terms())
        return None
    return tree


def _begin(project: Project, point: RestorePoint) -> Tree:
    """Record the worktree again, in its old place if that is free."""
    begun = next((one for one in trees(project) if one.record.restoring == point.name), None)
    if begun is not None:
        return begun
    notes = point.notes
    old = Path(notes["path"])
    listed_by_git = {entry.path for entry in project.worktrees()}
    taken = os.path.lexists(old) or old in listed_by_git or old in {one.path for one in project.records()}
    record = project.store.create(
        project.known() or project.entry,
        branch=notes["branch"],
        name=lambda held: (
            point.worktree if point.worktree not in held else naming.slug(notes["branch"], held)
        ),
        path=lambda slug: project.root / slug if taken else old,
        start_commit=notes["start_commit"],
        made_branch=notes["made_branch"],
        runtime=project.runtime.name,
        restoring=point.name,
    )
    path, there = record.path, os.path.lexists(record.path)
    if there or path in listed_by_git:
        project.store.delete(record)
        free = "move it away" if there else f"git worktree remove -f -f {shlex.quote(str(path))}"
        raise Refused(
            f"{path} exists already" if there else f"{path} is missing, but git still has it registered",
            f"{free}, then run the same command again",
            kind="path-taken" if there else "place-held",
        )
    tree = Tree(project, record)
    record_host(tree)
    return tree


def _restore_branches(tree: Tree, point: RestorePoint) -> dict[str, str]:
    """Put the worktree's branches back where they were; return the names that they have now."""
    project, notes = tree.project, point.notes
    tips = {notes["branch"]: notes["tip"], **({point.branch: point.head} if point.branch else {})}
    renamed: dict[str, str] = {}
    with project.progress.step("branch") as say:
        for branch, tip in tips.items():
            renamed[branch] = branch
            if tip and not _has_moved_on(project, point, branch, tip):
                renamed[branch] = git.restore_branch(project.repository, branch, tip, path=tree.record.path)
            if renamed[branch] != branch:
                project.progress.note(
                    f"branch {branch} has moved on, is in use, or cannot exist beside another; it was"
                    f" restored as {renamed[branch]}"
                )
        if notes["upstream"] and git.upstream_of(project.repository, renamed[notes["branch"]]) is None:
            try:
                git.track(project.repository, renamed[notes["branch"]], notes["upstream"])
            except Failure as error:
                project.progress.note(f"{renamed[notes['branch']]} tracks nothing: {error.what}")
        say(", ".join(renamed.values()))
    return renamed


def _has_moved_on(project: Project, point: RestorePoint, branch: str, tip: str) -> bool:
    """Return whether a branch that was not checked out still exists, with all the commits that it had."""
    if branch == point.branch or point.operation or git.tip_of(project.repository, branch) is None:
        return False
    return git.branch_contains(project.repository, branch, tip)


class _TakenError(Exception):
    """Another worktree has leased what this one had."""


def _lease_again(tree: Tree, point: RestorePoint) -> frozenset[str]:
    """Lease the slot and ports that the worktree had, and that its files name, if they are still free.

    Returns:
        The files that name what it could not lease again; `start` rewrites them.
    """
    notes = point.notes
    ports = tuple(Port(**one) for one in notes["ports"])

    def choose(used: Collection[int], held: dict[tuple[int, str], str]) -> tuple[int, Iterable[Port]]:
        if notes["slot"] in used or any((one.published, one.protocol) in held for one in ports):
            raise _TakenError
        return notes["slot"], ports

    broker = notes["broker_database"]
    if tree.record.slot is None and notes["slot"] is not None:
        try:
            tree.lease_slot(choose)
        except _TakenError:
            tree.project.progress.note(
                f"its ports ({port_list(ports)}) belong to another worktree now, and it gets new ones when"
                " it starts; files that you edited may name the old ones"
            )
    if tree.record.broker_database is None and broker is not None:
        tree.lease("broker_database", lambda held: broker if broker not in set[object](held) else None)
    tree.project.store.inherit_databases(tree.record, str(notes.get("key")))
    tree.update(database=notes.get("database", "shared"))
    former = {(service, main): own for service, main, own in notes.get("queues", ())}
    lease_again(tree, former)
    same = (tree.record.slot, tree.record.broker_database, {**tree.queues}) == (notes["slot"], broker, former)
    return frozenset() if same else frozenset(notes["written"])


def _restore_files(
    tree: Tree, point: RestorePoint, renamed: dict[str, str], left_out: frozenset[str]
) -> None:
    project, record = tree.project, tree.record
    with project.progress.step("worktree") as say:
        warnings = git.restore_worktree(
            project.repository,
            point,
            record.path,
            branch=renamed[point.branch] if point.branch else None,
            renamed=renamed,
            without=left_out,
        )
        for warning in warnings:
            project.progress.note(warning)
        git.mark(project.repository, record.path, record.key, project.store.path.parent)
        written = {path: digest for path, digest in point.notes["written"].items() if path not in left_out}
        project.store.note_written(record, written)
        say(f"{record.path}, as it was{f', a {point.operation} in progress' if point.operation else ''}")
