"""Flow: a worktree taken away with its stack, so that nothing is ever lost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ... import git, interruption
from ...configuration.left_out import relative
from ...configuration.words import spoken_count
from ...errors import Failure, Refused, WorktreeTasksError
from ...machine import files, processes
from ..runtimes.compose.containers import compose_down
from ..runtimes.compose.network import remove_network
from ..steps.aside import move_aside, settle, take_back
from ..steps.belongings import own_containers, own_volumes
from ..steps.deletion import delete_directory
from ..steps.holding import holding
from ..steps.hooks import run_hooks
from ..steps.job_queue import empty_broker
from ..steps.losses import refuse_to_lose, work_in
from ..steps.terms import Terms, joined
from ..steps.trash import left_out, save
from ..steps.worktree import find_moved, find_record

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ...configuration.left_out import LeftOut
    from ...store import Record
    from ..steps.losses import Work
    from ..steps.project import Site

__all__ = ["Removed", "remove", "take_away"]

# How often a worktree that is moved aside is looked at before what goes on writing in it stops the removal.
_LOOKS = 5


@dataclass(frozen=True, slots=True)
class Removed:
    """What `remove` took away.

    Attributes:
        name: The worktree's name.
        branch: Its branch.
        path: Its directory.
        branch_deleted: Whether the branch went with it.
        restore_point: What `wt.restore` brings it back from; None when all that was in it is elsewhere too.
        left_out: What that does not hold.
    """

    name: str
    branch: str
    path: Path
    branch_deleted: bool
    restore_point: str | None = None
    left_out: tuple[LeftOut, ...] = ()


def remove(
    site: Site, name: str, *, force: bool = False, keep_branch: bool = False, discard: Iterable[str] = ()
) -> Removed:
    """Remove a worktree with its containers, network and volumes; run again after a crash, finish the job.

    What was edited or made among ignored files is saved in a restore point; with `force`, all work is. The
    branch goes too when it was made with the worktree and all its commits are on another branch or a remote.
    With commits that are nowhere else it stays: kept with `keep_branch` or `force`, refused otherwise. What a
    restore point cannot hold is lost only where `discard` names it.

    Raises:
        BadUse: No worktree bears the name.
        Refused: It holds work that is nowhere else; everything stays as it is.
        Failure: Something could not be removed; the record stays, and the message names what survives.
    """
    record = find_record(site, name)
    site.check_docker()
    with holding(site, record) as now:
        there = find_moved(site, now)
        lost = relative(discard, str(there.home))
        return take_away(site, there, Terms(force, keep_branch, save=force, discard=lost))


def take_away(site: Site, record: Record, terms: Terms) -> Removed:
    """Remove a worktree whose lock is held; one whose removal was begun, on the terms of then as well.

    Its directory is moved aside before the last look, so that nobody who knows it by its path writes into it
    any more, and moved back when it stays.

    Raises:
        Refused: It holds work that is nowhere else, on terms that do not save it.
        Failure: Something could not be removed; or a hook failed, and nothing is.
    """
    record = settle(site, record)
    terms = joined(site, record, terms)
    if record.state == "creating":
        git.forget_half_made(site.repository, record.path)
    try:
        if record.state != "removing":
            record = site.store.update(record, trash=None)
            _before(site, record, terms)
        record, _ = _secure(site, record, terms)
        record = site.store.begin_removal(record, asdict(terms))
        images = _images(site, record)
        _take_down(site, record)
        with site.progress.step("worktree") as say:
            record, tip = _secure_aside(site, record, terms)
            delete_directory(site, record, images)
            deleted, why = _delete_branch(site, record, terms, tip)
            site.store.delete(record)
            site.tidy_locks()
            say(f"{record.home} removed, branch {record.branch} {'deleted' if deleted else f'kept{why}'}")
    except Refused:
        take_back(site, site.store.record(record.key))
        raise
    return Removed(record.name, record.branch, record.home, deleted, record.trash, left_out(site, record))


def _before(site: Site, record: Record, terms: Terms) -> None:
    """Run the project's hooks, when nothing else objects to the removal."""
    if site.settings.hooks.get("before_remove") and record.path.is_dir():
        _judge(site, record, terms)
        run_hooks(site, record, "before_remove")


def _secure_aside(site: Site, record: Record, terms: Terms) -> tuple[Record, str | None]:
    """Move a worktree aside, and refuse to lose or save what is in it then, until nobody changes it.

    The stack may have written files while it went down, and people work in the meantime. Programs that work
    in the directory, or have files open there, go with it and write on.
    """
    if not record.path.is_dir() or not git.is_linked(site.repository, record.path):
        return _secure(site, record, terms)
    record = move_aside(site, record)
    try:
        return _secure_at_rest(site, record, terms)
    except BaseException:
        with interruption.undoing():
            take_back(site, site.store.record(record.key))
        raise


def _secure_at_rest(site: Site, record: Record, terms: Terms) -> tuple[Record, str | None]:
    """Refuse to lose work or save it, again and again until nothing was changed meanwhile."""
    places = record.path, git.administration_of(site.repository, record.path)
    for _ in range(_LOOKS):
        before = files.stamp(*places)
        record, tip = _secure(site, record, terms)
        if files.stamp(*places) == before:
            return record, tip
    busy = ", ".join(f"{one.pid} ({one.name})" for one in processes.using(record.path))
    raise Refused(
        f"{record.name} is not removed: {f'process {busy}' if busy else 'something'} goes on writing in it",
        "stop what works in it, then run the same command again",
    )


def _secure(site: Site, record: Record, terms: Terms) -> tuple[Record, str | None]:
    """Refuse to lose work, or save it; return where the branch was that this was judged by."""
    work = _judge(site, record, terms)
    return save(site, record, work, always=terms.save), work.tip


def _judge(site: Site, record: Record, terms: Terms) -> Work:
    """Return what a worktree holds, which its removal would not lose."""
    work = work_in(site, record)
    goes = not terms.keep_branch and terms.landed != work.tip
    refuse_to_lose(site, record, work, goes=goes, force=terms.force, discard=terms.discard)
    return work


def _images(site: Site, record: Record) -> tuple[str, ...]:
    """Return the images of a worktree's containers and of main's, which stay when the worktree's go."""
    known = site.known()
    mains = site.engine.containers(project=known.name) if known else ()
    return tuple(dict.fromkeys(one.image for one in (*mains, *own_containers(site.engine, record))))


def _take_down(site: Site, record: Record) -> None:
    """Take the stack down.

    Raises:
        Failure: Something of it survives; it is named.
    """
    try:
        compose_down(site, record)
        _empty_broker(site, record)
        with site.progress.step("network") as say:
            remove_network(site, record)
            say(f"{record.network} removed" if record.network else "there was none")
    except Failure as error:
        left: list[str] = []
        with suppress(WorktreeTasksError):
            left = list(_survivors(site, record))
        raise Failure(
            f"{record.name} is not removed: {error.what}"
            + (f"; still there: {', '.join(left)}" if left else ""),
            f"wt.remove {record.name} tries again",
        ) from error


def _empty_broker(site: Site, record: Record) -> None:
    try:
        said = empty_broker(site, record)
    except WorktreeTasksError as error:
        # Its database is not leased again while something is in it.
        said = f"Redis database {record.broker_database} stays as it is: {error.what}"
    if said:
        site.progress.note(said)


def _survivors(site: Site, record: Record) -> Iterable[str]:
    yield from (f"container {one.name}" for one in own_containers(site.engine, record))
    yield from (f"volume {name}" for name in own_volumes(site.engine, record))
    yield from (f"network {one.name}" for one in site.engine.networks() if one.name == record.network)


def _delete_branch(site: Site, record: Record, terms: Terms, tip: str | None) -> tuple[bool, str]:
    """Delete the branch where it was judged, when nothing of it would be lost; else say why it stays."""
    if tip is None or not record.made_branch or terms.keep_branch:
        return False, ""
    known = git.references(site.repository)
    base = git.default_branch(site.repository, site.settings.base, known)
    landed = terms.landed == tip and record.trash
    if not landed and not git.safe_elsewhere(site.repository, record.branch, base=base, tip=tip, known=known):
        alone = git.stranded(site.repository, [tip], without=record.branch)
        return False, f": {spoken_count(len(alone), 'commit')} on no other branch or remote"
    try:
        return git.delete_branch(site.repository, record.branch, expect=tip), ""
    except Refused as error:
        return False, f": {error.what}"
