"""Flow: remove a worktree with its stack, without losing any work."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ... import git, interruption
from ...configuration.formatting import spoken_count
from ...configuration.unsavable_files import relative
from ...errors import Failure, Refused, WorktreeTasksError
from ...lazy_modules import later
from ...machine import files, processes
from ...quick_dataclasses import as_dict, dataclass
from ..steps.moving_aside import correct_path, move_aside, move_back_if_possible, undo_removal
from ..steps.removal_terms import Terms, joined, judge, secure
from ..steps.trash import left_out
from ..steps.worktree_deletion import delete_directory
from ..steps.worktree_lock import holding
from ..steps.worktree_search import find_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from ...configuration.unsavable_files import LeftOut
    from ..steps import database_trash, hooks, queue_databases, virtual_hosts
    from ..steps.project import Project
    from ..steps.worktree_handle import Tree
else:
    # Most are only needed when the stack has stopped.
    database_trash, hooks, queue_databases, virtual_hosts = later(
        __package__,
        "..steps.database_trash",
        "..steps.hooks",
        "..steps.queue_databases",
        "..steps.virtual_hosts",
    )

__all__ = ["Removed", "remove", "take_away"]

# How often a worktree that was moved aside is checked, before a program that keeps writing stops the removal.
_LOOKS = 5


@dataclass(frozen=True, slots=True)
class Removed:
    """What `remove` removed.

    Attributes:
        name: The worktree's name.
        branch: Its branch.
        path: Its directory.
        branch_deleted: Whether the branch was deleted too.
        restore_point: The restore point for `wt.restore`; None if everything in it is also elsewhere.
        left_out: What the restore point does not contain.
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
    """Remove a worktree with its containers, network and volumes; after a crash, run it again to finish.

    Ignored files that were edited or created are saved in a restore point; with `force`, all work is saved.
    The branch is deleted too if it was made with the worktree and all its commits are on another branch or a
    remote. If it has commits that are nowhere else, `keep_branch` and `force` keep it, and without them the
    removal is refused. What a restore point cannot hold is lost only if `discard` names it.

    Raises:
        BadUse: No worktree has that name.
        Refused: It has work that is nowhere else; everything stays as it is.
        Failure: Something could not be removed; the record stays, and the message says what remains.
    """
    tree = find_tree(project, name)
    project.runtime.check(project)
    with holding(tree):
        lost = relative(discard, str(tree.record.home))
        return take_away(tree, Terms(force, keep_branch, save=force, discard=lost))


def take_away(tree: Tree, terms: Terms) -> Removed:
    """Remove a worktree whose lock is held; an unfinished removal also keeps its earlier terms.

    The directory is moved aside before the last check, so that nothing writes to it by its path any more. It
    is moved back if the worktree stays.

    Raises:
        Refused: It has work that is nowhere else, and the terms do not save it.
        Failure: Something could not be removed; or a hook failed, and nothing was removed.
    """
    correct_path(tree)
    terms = joined(tree, terms)
    if tree.record.state == "creating":
        git.forget_half_made(tree.project.repository, tree.record.path)
    try:
        if tree.record.state != "removing":
            tree.update(trash=None)
            _before(tree, terms)
        secure(tree, terms)
        tree.project.store.begin_removal(tree.record, as_dict(terms))
        tree.refresh()
        empty = tree.runtime.emptying(tree)
        tip = _take_down(tree, terms)
        deleted = _delete(tree, terms, tip, empty)
    except Refused:
        undo_removal(tree)
        raise
    return Removed(
        tree.record.name, tree.record.branch, tree.record.home, deleted, tree.record.trash, left_out(tree)
    )


def _before(tree: Tree, terms: Terms) -> None:
    """Run the project's hooks, unless the removal would be refused anyway."""
    if tree.project.settings.hooks.get("before_remove") and tree.record.path.is_dir():
        judge(tree, terms)
        hooks.run_hooks(tree, "before_remove")


def _delete(tree: Tree, terms: Terms, tip: str | None, empty: Callable[[Path], None]) -> bool:
    """Delete a worktree, and its branch if nothing is lost; return whether the branch is deleted."""
    with tree.project.progress.step("worktree") as say:
        tree.project.progress.doing(f"deleting {tree.record.home.name}")
        delete_directory(tree, empty)
        git.drop_empty(tree.project.repository, tree.project.root)
        deleted, why = _delete_branch(tree, terms, tip)
        tree.project.store.delete(tree.record)
        git.include_again(tree.project.repository, unless=lambda: bool(tree.project.records()))
        tree.project.locks.tidy(tree.record.branch)
        outcome = "deleted" if deleted else f"kept{why}"
        say(f"{tree.record.home} removed, branch {tree.record.branch} {outcome}")
    return deleted


def _secure_aside(tree: Tree, terms: Terms) -> str | None:
    """Move a worktree aside, then save its work or refuse to lose it, until its files stop changing.

    The stack may have written files while it stopped, and the user may have worked meanwhile. Programs with
    their working directory or open files there keep writing to the moved directory.
    """
    if not tree.record.path.is_dir() or not git.is_linked(tree.project.repository, tree.record.path):
        return secure(tree, terms)
    move_aside(tree)
    try:
        return _secure_at_rest(tree, terms)
    except BaseException:
        with interruption.undoing():
            undo_removal(tree)
        raise


def _secure_at_rest(tree: Tree, terms: Terms) -> str | None:
    """Save work or refuse to lose it, and repeat that if files changed meanwhile."""
    places = tree.record.path, git.administration_of(tree.project.repository, tree.record.path)
    for _ in range(_LOOKS):
        before = files.stamp(*places)
        tip = secure(tree, terms)
        if files.stamp(*places) == before:
            return tip
    name, busy = tree.record.name, ", ".join(f"{one.pid} ({one.name})" for one in processes.using(places[0]))
    raise Refused(
        f"{name} is not removed: {f'process {busy}' if busy else 'something'} keeps writing to it",
        "stop it, then run the same command again",
        kind="being-written",
    )


def _take_down(tree: Tree, terms: Terms) -> str | None:
    """Take the stack down, move the worktree aside and save its work; return what `secure` does.

    Raises:
        Refused: It has work that the terms do not save; the stack is down.
        Failure: Something of the stack remains, and the message names it; the worktree is in its place.
    """
    tips: list[str | None] = []
    refused: list[WorktreeTasksError] = []

    def clean_up() -> None:
        _empty_broker(tree)
        database_trash.trash_databases(tree)
        try:
            # Removing a network takes as long.
            tips.append(_secure_aside(tree, terms))
        except WorktreeTasksError as error:
            refused.append(error)

    try:
        tree.runtime.down(tree, beside=clean_up)
    except BaseException as error:
        with interruption.undoing():
            move_back_if_possible(tree)
        if not isinstance(error, Failure):
            raise
        reasons = [error.what, *(one.what for one in refused)]
        with suppress(WorktreeTasksError):
            if remaining := tree.runtime.left_of([tree.record]):
                reasons.append(f"still there: {', '.join(remaining)}")
        raise Failure(
            f"{tree.record.name} is not removed: {'; '.join(reasons)}",
            f"run wt.remove {tree.record.name} again",
            kind="removal-incomplete",
        ) from error
    if refused:
        raise refused[0]
    return tips[0]


def _empty_broker(tree: Tree) -> None:
    ends = (
        (queue_databases.empty_broker, "its queue in Redis"),
        (virtual_hosts.delete_virtual_hosts, "its virtual host"),
    )
    for end, what in ends:
        try:
            outcome = end(tree)
        except WorktreeTasksError as error:
            # This loses nothing: a database is not leased again while it has content.
            outcome = f"{what} was not cleaned up: {error.what}"
        if outcome:
            tree.project.progress.note(outcome)


def _delete_branch(tree: Tree, terms: Terms, tip: str | None) -> tuple[bool, str]:
    """Delete the branch if it is still at the tip that was checked and loses nothing; else return why not."""
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
