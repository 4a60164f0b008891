"""The trash: make, list, find and delete restore points of removed worktrees."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING

from ... import git
from ...command import CommandError
from ...configuration import naming
from ...configuration.formatting import spoken_count, spoken_size
from ...configuration.trash_expiry import Aged, expiry
from ...configuration.unsavable_files import spoken_left_out
from ...errors import BadUse, Refused
from ...quick_dataclasses import as_dict

if TYPE_CHECKING:
    from pathlib import Path

    from ...configuration.unsavable_files import LeftOut
    from ...git import RestorePoint, UncommittedFiles
    from .losses import Work
    from .project import Project
    from .worktree_handle import Tree

__all__ = ["drop_expired", "expired", "find_point", "left_out", "listed", "save"]


def save(tree: Tree, work: Work, *, always: bool) -> None:
    """Save what a removal would lose, in the restore point that an earlier attempt began, if any.

    Args:
        tree: The worktree.
        work: Its work.
        always: Whether to save it even if nothing would be lost.

    Raises:
        Refused: It cannot be saved.
    """
    entry, tip, contents, loose = work.entry, work.tip, work.contents, work.loose.commits
    if entry is None:
        return
    admin = git.administration_of(tree.project.repository, tree.record.path)
    # `git status` may not show untracked files, such as below a path that the index says not to look at.
    precious = bool(contents.ignored or contents.hidden or contents.untracked or loose)
    if not tree.record.path.is_dir():
        if tree.record.trash:  # a killed removal saved it before it deleted the directory
            return
        precious = precious or git.unsaved_index(tree.project.repository, admin) or entry.detached
    if not (always or precious or tree.record.trash):
        return
    operation = git.operation_of(admin)
    subject = git.Subject(
        tree.record.name,
        tree.record.path if tree.record.path.is_dir() else None,
        admin,
        entry.head,
        entry.branch,
        operation,
        (*((tip,) if tip else ()), *loose),
    )
    noted = left_out(tree)
    with tree.project.progress.step("trash") as say:
        tree.project.progress.doing(f"saving {tree.record.name}")
        try:
            point = git.save(
                tree.project.repository,
                subject,
                contents,
                limit=tree.project.settings.trash_max_bytes,
                notes=_notes(tree, contents, tip),
                name=tree.record.trash,
            )
        except (CommandError, OSError) as error:
            raise Refused(
                f"{tree.record.name} is not removed, because it cannot be saved: {error}",
                "change the permissions or free some space, then run the same command again",
                kind="cannot-be-saved",
            ) from error
        if tree.record.trash is None:
            _drop_duplicates(tree, point)
            files = spoken_count(point.files, "file") or "no files"
            say(f"restore point {point.name}: {files}, {spoken_size(point.size)}")
        if point.left_out and point.left_out != noted:
            tree.project.progress.note(f"not in the restore point: {spoken_left_out(point.left_out)}")
    tree.update(trash=point.name)


def left_out(tree: Tree) -> tuple[LeftOut, ...]:
    """Return what the restore point of a worktree does not contain."""
    if tree.record.trash is None:
        return ()
    return next((one.left_out for one in listed(tree.project) if one.name == tree.record.trash), ())


def _drop_duplicates(tree: Tree, point: RestorePoint) -> None:
    """Delete restore points that killed removals of this worktree made, if this one has the same content."""
    for other in listed(tree.project):
        of_it = other.notes.get("key") == tree.record.key and other.name != point.name
        if of_it and git.same_point(tree.project.repository, other, point):
            git.drop_restore_points(tree.project.repository, [other], tidy=False)


def _notes(tree: Tree, contents: UncommittedFiles, tip: str | None) -> dict[str, object]:
    """Return the parts of the record that a restore brings back."""
    written = tree.project.store.written(tree.record)
    return {
        "key": tree.record.key,
        "restoring": tree.record.restoring,
        "branch": tree.record.branch,
        "tip": tip,
        "upstream": git.upstream_of(tree.project.repository, tree.record.branch),
        "path": str(tree.record.home),
        "start_commit": tree.record.start_commit,
        "made_branch": tree.record.made_branch,
        "slot": tree.record.slot,
        "broker_database": tree.record.broker_database,
        "database": tree.record.database,
        "queues": [[one.service, one.main, one.own] for one in tree.project.store.queues(tree.record)],
        "ports": [as_dict(port) for port in tree.ports],
        "written": {path: written[path] for path in contents.spare if path in written},
    }


def listed(project: Project, *, note: bool = False) -> tuple[RestorePoint, ...]:
    """Return the restore points, latest first; `note` those that are damaged."""

    def damaged(name: str, vault: Path) -> None:
        if note:
            look = f"git --git-dir={shlex.quote(str(vault))} fsck"
            project.progress.note(
                f"restore point {name} is damaged: `{look}` names the objects that only a backup has now"
            )

    return git.restore_points(project.repository, damaged=damaged)


def find_point(project: Project, name: str, *, note: bool = False) -> RestorePoint:
    """Find a restore point by its name, or by its worktree's; of several, report and return one.

    That is the newest complete one, unless the restore of another one was interrupted, which the same command
    finishes. With `note`, the damaged ones are noted.

    Raises:
        BadUse: None matches.
    """
    points = listed(project, note=note)
    wanted = naming.fold(name)
    matches = [one for one in points if one.name == name] or [
        one
        for one in points
        if wanted in {naming.fold(each) for each in (one.worktree, one.notes.get("branch")) if each}
    ]
    if not matches:
        raise BadUse(
            f"no restore point is called {name!r}", "wt.trash lists them all", kind="unknown-restore-point"
        )
    begun = {record.restoring for record in project.records()}
    # One of a worktree that was only half restored has only a part of what it was being restored from.
    whole = next((one for one in matches if not one.notes.get("restoring")), matches[0])
    chosen = next((one for one in matches if one.name in begun), whole)
    if len(matches) > 1:
        newest = "newest" if chosen == matches[0] else "newest complete one"
        which = f"the {newest} of {len(matches)} restore points, {chosen.name}"
        if chosen.name in begun:
            which = f"finishing the restore of {chosen.name}, one of {len(matches)} restore points"
        project.progress.news(
            f"{which}; the others: {', '.join(one.name for one in matches if one != chosen)}"
        )
    return chosen


def expired(project: Project, *, note: bool) -> tuple[RestorePoint, ...]:
    """Return the restore points to delete: those that were seen to have expired twice.

    Args:
        project: The project.
        note: Whether to record what this call sees.
    """
    points = listed(project)
    found = expiry(
        (Aged(one.name, one.worktree, one.created, one.seen_expired) for one in points),
        now=time.time(),
        days=project.settings.trash_days,
        needed=_needed(project),
    )
    for point in points if note else ():
        if point.name in found.looks:
            git.note_expired(project.repository, point, found.looks[point.name])
    return tuple(one for one in points if one.name in found.due)


def drop_expired(project: Project, points: tuple[RestorePoint, ...]) -> None:
    """Delete restore points, except those that a command has begun to restore since they were listed."""
    needed = _needed(project)
    unused = [
        one for one in points if one.name not in needed and not project.locks.locked(one.notes["branch"])
    ]
    git.drop_restore_points(project.repository, unused)


def _needed(project: Project) -> frozenset[str]:
    """Return the names of the restore points that a removal or a restore is working with."""
    return frozenset(name for one in project.records() for name in (one.trash, one.restoring) if name)
