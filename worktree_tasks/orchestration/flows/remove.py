"""Flow: a worktree taken away with its stack, so that nothing is ever lost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ... import git, interruption
from ...configuration.formatting import spoken_count
from ...configuration.unsaved_files import relative
from ...errors import Failure, Refused, WorktreeTasksError
from ...machine import files, processes
from ..steps.data_copies import trash_databases
from ..steps.deletion import delete_directory
from ..steps.hooks import run_hooks
from ..steps.job_queue import empty_broker
from ..steps.losses import is_elsewhere, refuse_to_lose, work_in
from ..steps.moving_aside import move_aside, settle, take_back
from ..steps.own_databases import recorded
from ..steps.removal_terms import Terms, joined
from ..steps.trash import left_out, save
from ..steps.virtual_hosts import delete_virtual_hosts
from ..steps.worktree import find_tree
from ..steps.worktree_lock import holding

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ...configuration.unsaved_files import LeftOut
    from ..steps.losses import Work
    from ..steps.project import Project
    from ..steps.tree import Tree

__all__ = ["Removed", "remove", "take_away"]

# How often a worktree that is moved aside is looked at before what keeps writing in it stops the removal.
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
    project: Project,
    name: str,
    *,
    force: bool = False,
    keep_branch: bool = False,
    discard: Iterable[str] = (),
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
    tree = find_tree(project, name)
    project.runtime.check(project)
    with holding(tree):
        lost = relative(discard, str(tree.record.home))
        return take_away(tree, Terms(force, keep_branch, save=force, discard=lost))


def take_away(tree: Tree, terms: Terms) -> Removed:
    """Remove a worktree whose lock is held; one whose removal was begun, on the terms of then as well.

    Its directory is moved aside before the last look, so that nobody who knows it by its path writes into it
    any more, and moved back when it stays.

    Raises:
        Refused: It holds work that is nowhere else, on terms that do not save it.
        Failure: Something could not be removed; or a hook failed, and nothing is.
    """
    settle(tree)
    terms = joined(tree, terms)
    if tree.record.state == "creating":
        git.forget_half_made(tree.project.repository, tree.record.path)
    try:
        if tree.record.state != "removing":
            tree.update(trash=None)
            _before(tree, terms)
        _secure(tree, terms)
        tree.project.store.begin_removal(tree.record, asdict(terms))
        tree.refresh()
        empty = tree.runtime.emptying(tree)
        _take_down(tree)
        with tree.project.progress.step("worktree") as say:
            tip = _secure_aside(tree, terms)
            tree.project.progress.doing(f"deleting {tree.record.home.name}")
            delete_directory(tree, empty)
            git.drop_empty(tree.project.repository, tree.project.root)
            deleted, why = _delete_branch(tree, terms, tip)
            tree.project.store.delete(tree.record)
            git.include_again(tree.project.repository, unless=lambda: bool(tree.project.records()))
            tree.project.locks.tidy(tree.record.branch)
            became = "deleted" if deleted else f"kept{why}"
            say(f"{tree.record.home} removed, branch {tree.record.branch} {became}")
    except Refused:
        take_back(tree)
        raise
    return Removed(
        tree.record.name, tree.record.branch, tree.record.home, deleted, tree.record.trash, left_out(tree)
    )


def _before(tree: Tree, terms: Terms) -> None:
    """Run the project's hooks, when nothing else objects to the removal."""
    if tree.project.settings.hooks.get("before_remove") and tree.record.path.is_dir():
        _judge(tree, terms)
        run_hooks(tree, "before_remove")


def _secure_aside(tree: Tree, terms: Terms) -> str | None:
    """Move a worktree aside, and refuse to lose or save what is in it then, until nobody changes it.

    The stack may have written files while it went down, and people work in the meantime. Programs that work
    in the directory, or have files open there, go with it and write on.
    """
    if not tree.record.path.is_dir() or not git.is_linked(tree.project.repository, tree.record.path):
        return _secure(tree, terms)
    move_aside(tree)
    try:
        return _secure_at_rest(tree, terms)
    except BaseException:
        with interruption.undoing():
            take_back(tree)
        raise


def _secure_at_rest(tree: Tree, terms: Terms) -> str | None:
    """Refuse to lose work or save it, again and again until nothing was changed meanwhile."""
    places = tree.record.path, git.administration_of(tree.project.repository, tree.record.path)
    for _ in range(_LOOKS):
        before = files.stamp(*places)
        tip = _secure(tree, terms)
        if files.stamp(*places) == before:
            return tip
    name, busy = tree.record.name, ", ".join(f"{one.pid} ({one.name})" for one in processes.using(places[0]))
    raise Refused(
        f"{name} is not removed: {f'process {busy}' if busy else 'something'} keeps writing in it",
        "stop it, then run the same command again",
        kind="being-written",
    )


def _secure(tree: Tree, terms: Terms) -> str | None:
    """Refuse to lose work, or save it; return where the branch was that this was judged by."""
    work = _judge(tree, terms)
    wanted = terms.save and not (terms.force and is_elsewhere(tree, work))
    # A database of its own comes back with the worktree only.
    save(tree, work, always=wanted or bool(recorded(tree)))
    return work.tip


def _judge(tree: Tree, terms: Terms) -> Work:
    """Return what a worktree holds, which its removal would not lose."""
    work = work_in(tree)
    goes = not terms.keep_branch and terms.landed != work.tip
    refuse_to_lose(tree, work, goes=goes, force=terms.force, discard=terms.discard)
    return work


def _take_down(tree: Tree) -> None:
    """Take the stack down.

    Raises:
        Failure: Something of it survives; it is named.
    """
    try:
        tree.runtime.down(tree)
        _empty_broker(tree)
        trash_databases(tree)
    except Failure as error:
        left: list[str] = []
        with suppress(WorktreeTasksError):
            left = list(tree.runtime.left_of([tree.record]))
        raise Failure(
            f"{tree.record.name} is not removed: {error.what}"
            + (f"; still there: {', '.join(left)}" if left else ""),
            f"wt.remove {tree.record.name} tries again",
            kind="removal-incomplete",
        ) from error


def _empty_broker(tree: Tree) -> None:
    for end, what in ((empty_broker, "its queue in Redis"), (delete_virtual_hosts, "its virtual host")):
        try:
            said = end(tree)
        except WorktreeTasksError as error:
            # A database is not leased again while something is in it.
            said = f"{what} stays as it is: {error.what}"
        if said:
            tree.project.progress.note(said)


def _delete_branch(tree: Tree, terms: Terms, tip: str | None) -> tuple[bool, str]:
    """Delete the branch where it was judged, when nothing of it would be lost; else say why it stays."""
    if tip is None or not tree.record.made_branch or terms.keep_branch:
        return False, ""
    repository, branch = tree.project.repository, tree.record.branch
    known = git.references(repository)
    base = git.default_branch(repository, tree.project.settings.base, known)
    landed = terms.landed == tip and tree.record.trash
    if not landed and not git.safe_elsewhere(repository, branch, base=base, tip=tip, known=known):
        alone = git.stranded(repository, [tip], without=branch)
        return False, f": {spoken_count(len(alone), 'commit')} on no other branch or remote"
    try:
        return git.delete_branch(tree.project.repository, tree.record.branch, expect=tip), ""
    except Refused as error:
        return False, f": {error.what}"
