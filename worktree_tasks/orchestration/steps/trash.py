"""The trash: restore points of worktrees that were removed, made, listed and let go of."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from ... import git
from ...command import CommandError
from ...configuration.expiry import Aged, expiry
from ...configuration.left_out import spoken_left_out
from ...configuration.words import spoken_count, spoken_size
from ...errors import Refused

if TYPE_CHECKING:
    from ...configuration.left_out import LeftOut
    from ...git import Contents, RestorePoint
    from ...store import Record
    from .losses import Work
    from .project import Site

__all__ = ["drop_expired", "expired", "left_out", "listed", "save"]


def save(site: Site, record: Record, work: Work, *, always: bool) -> Record:
    """Save what a removal takes and nothing else has, under the restore point that it began with.

    Args:
        site: The project.
        record: The worktree.
        work: What it holds.
        always: Whether also to save it when nothing would be lost.

    Raises:
        Refused: It cannot be saved.
    """
    tree, tip, contents, loose = work.tree, work.tip, work.contents, work.loose.commits
    if tree is None:
        return record
    admin = git.administration_of(site.repository, record.path)
    precious = bool(contents.ignored or contents.hidden or loose)
    if not record.path.is_dir():
        if record.trash:  # a killed removal saved it while it was there
            return record
        precious = precious or git.unsaved_index(site.repository, admin) or tree.detached
    if not (always or precious or record.trash):
        return record
    operation = git.operation_of(admin)
    subject = git.Subject(
        record.name,
        record.path if record.path.is_dir() else None,
        admin,
        tree.head,
        tree.branch,
        operation,
        (*((tip,) if tip else ()), *loose),
    )
    with site.progress.step("trash") as say:
        try:
            point = git.save(
                site.repository,
                subject,
                contents,
                limit=site.settings.trash_max_bytes,
                notes=_notes(site, record, contents, tip),
                name=record.trash,
            )
        except (CommandError, OSError) as error:
            raise Refused(
                f"{record.name} is not removed, since it cannot be saved: {error}",
                "change the permissions, or free space, then run the same command again",
            ) from error
        if record.trash is None:
            _drop_twins(site, record, point)
            files = spoken_count(point.files, "file") or "no files"
            say(f"restore point {point.name}: {files}, {spoken_size(point.size)}")
        _note_left_out(site, point)
    return site.store.update(record, trash=point.name)


def left_out(site: Site, record: Record) -> tuple[LeftOut, ...]:
    """Return what the restore point of a worktree does not hold."""
    if record.trash is None:
        return ()
    return next((one.left_out for one in listed(site) if one.name == record.trash), ())


def _drop_twins(site: Site, record: Record, point: RestorePoint) -> None:
    """Let go of what a removal that was killed had saved of this worktree, when that is all saved again."""
    for other in listed(site):
        of_it = other.notes.get("key") == record.key and other.name != point.name
        if of_it and git.same_restore_point(site.repository, other, point):
            git.drop_restore_points(site.repository, [other], tidy=False)


def _note_left_out(site: Site, point: RestorePoint) -> None:
    if point.left_out:
        site.progress.note(f"not in the restore point: {spoken_left_out(point.left_out)}")


def _notes(site: Site, record: Record, contents: Contents, tip: str | None) -> dict[str, object]:
    """Return what of the record comes back with the worktree."""
    written = site.store.written(record)
    return {
        "key": record.key,
        "branch": record.branch,
        "tip": tip,
        "upstream": git.upstream_of(site.repository, record.branch),
        "path": str(record.home),
        "start_commit": record.start_commit,
        "made_branch": record.made_branch,
        "slot": record.slot,
        "broker_database": record.broker_database,
        "ports": [asdict(port) for port in site.store.ports().get(record.key, ())],
        "written": {path: written[path] for path in contents.spare if path in written},
    }


def listed(site: Site) -> tuple[RestorePoint, ...]:
    """Return the restore points, the latest first."""
    return git.restore_points(site.repository)


def expired(site: Site, *, note: bool) -> tuple[RestorePoint, ...]:
    """Return the restore points that go, since their time was seen to be over twice.

    Args:
        site: The project.
        note: Whether this is a look that counts.
    """
    points = listed(site)
    found = expiry(
        (Aged(one.name, one.worktree, one.created, one.seen_expired) for one in points),
        now=time.time(),
        days=site.settings.trash_days,
        needed=(name for one in site.records() for name in (one.trash, one.restoring) if name),
    )
    for point in points if note else ():
        if point.name in found.looks:
            git.note_expired(site.repository, point, found.looks[point.name])
    return tuple(one for one in points if one.name in found.due)


def drop_expired(site: Site, points: tuple[RestorePoint, ...]) -> None:
    """Let restore points go."""
    git.drop_restore_points(site.repository, points)
