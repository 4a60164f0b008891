"""What a removal would lose that is nowhere else, checked with git before anything is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose import override_text
from ...configuration.compose.compose_files import places_of_override
from ...configuration.losses import Losses, named, remedy, spoken
from ...configuration.unsavable_files import undiscarded
from ...errors import BadUse, Refused
from ...machine import files
from ...quick_dataclasses import dataclass, replace
from .removal_obstacles import refuse_obstacles
from .submodule_losses import refuse_to_lose_submodules
from .written_files import untouched

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...git import Entry
    from .worktree_handle import Tree

__all__ = ["Work", "how_merged", "is_elsewhere", "losses_of", "refuse_to_lose", "work_in"]


@dataclass(frozen=True, slots=True)
class Work:
    """What git knows about a worktree at one moment.

    Attributes:
        entry: Git's entry for it; None if git does not know it.
        tip: The commit that its recorded branch is at; None if the branch does not exist.
        contents: What it contains beyond a checkout of its branch.
        loose: The commits that are only in its reflogs, or in those of the branch made with it.
    """

    entry: Entry | None
    tip: str | None
    contents: git.UncommittedFiles
    loose: git.Loose


def refuse_to_lose(
    tree: Tree, work: Work, *, goes: bool = False, force: bool = False, discard: Iterable[str] = ()
) -> None:
    """Refuse to remove a worktree whose work is nowhere else.

    Args:
        tree: The worktree.
        work: Its work.
        goes: Whether its branch is to be deleted too, so that commits on no other branch would be lost.
        force: Whether to refuse only what a restore point cannot hold.
        discard: What may be lost of that, as paths in the worktree.

    Raises:
        Refused: It has such work; the message counts and names it.
    """
    entry, contents = work.entry, work.contents
    if entry is None:
        return
    refuse_to_lose_submodules(tree, contents.submodules, force=force, discard=discard)
    if not tree.record.path.is_dir():
        return
    unsaved = undiscarded(
        git.left_out(tree.record.path, contents, tree.project.settings.trash_max_bytes), discard
    )
    losses = replace(Losses() if force else losses_of(tree, entry, work), unsaved=unsaved)
    if goes and work.tip is not None and not force:
        losses = replace(losses, commits=losses.commits or _lone_commits(tree, entry, work.tip))
    reasons = ", ".join(spoken(losses))
    if not reasons:
        return
    raise Refused(
        f"{tree.record.name} is not removed: {reasons}{f' ({named(losses)})' if named(losses) else ''}",
        remedy(losses, tree.record.name, str(tree.record.home), force=force),
        kind="unsaved-work",
    )


def is_elsewhere(tree: Tree, work: Work) -> bool:
    """Return whether a checkout of the branch, which is kept or is elsewhere, would bring everything back."""
    entry, contents = work.entry, work.contents
    if entry is None or entry.detached or not tree.record.path.is_dir():
        return False
    files = (contents.tracked, contents.deleted, contents.hidden, contents.untracked, contents.ignored)
    others = (contents.special, contents.unreadable, contents.repositories, contents.modes)
    if any((*files, *others, work.loose.commits)):
        return False
    admin = git.administration_of(tree.project.repository, tree.record.path)
    if git.unsaved_index(tree.project.repository, admin):
        return False
    return work.tip is None or not git.stranded(
        tree.project.repository, [work.tip], without=tree.record.branch, at=tree.record.path
    )


def _lone_commits(tree: Tree, entry: Entry, tip: str) -> tuple[str, ...]:
    """Return the commits that only a worktree's branch has, unless their work is in the base."""
    if not tree.record.made_branch or tip == tree.record.start_commit:
        return ()
    alone = git.stranded(tree.project.repository, [tip], without=tree.record.branch, at=tree.record.path)
    if alone and (entry.branch, entry.head) == (tree.record.branch, tip):
        return () if how_merged(tree, entry, tree.project.base) else alone
    return alone


def how_merged(tree: Tree, entry: Entry, base: str) -> str | None:
    """Return how a worktree's work was merged into the base; None if it was not, or not completely."""
    if entry.head is None:
        return None
    candidate = git.Candidate(entry.head, entry.branch, tree.record.start_commit)
    cache = tree.project.store.verdicts()
    return git.all_merged(tree.project.repository, {tree.record.key: candidate}, base=base, cache=cache)[
        tree.record.key
    ]


def losses_of(tree: Tree, entry: Entry, work: Work | None) -> Losses:
    """Return what would be lost with a worktree.

    Args:
        tree: The worktree.
        entry: Git's entry for it.
        work: Its work; None to skip the repositories inside of it.

    Raises:
        Failure: git failed.
    """
    # Submodules in the contents are checked separately.
    found = git.uncommitted(tree.project.repository, entry.path, submodules=work is None)
    alone = entry.detached and entry.head is not None
    loose = work.loose if work else _loose_in(tree)
    unlisted = tuple(f"{path}/" for path in (work.contents.unlisted if work else ()))
    return Losses(
        modified=len(found.modified),
        untracked=len(found.untracked) + len(unlisted),
        commits=git.stranded(tree.project.repository, [str(entry.head)], without=None, at=entry.path)
        if alone
        else (),
        dropped=git.dropped_commits(
            tree.project.repository,
            loose,
            head=entry.head,
            base=tree.project.base,
            start=tree.record.start_commit,
            cache=tree.project.store.verdicts(),
        )
        if loose.dropped and entry.head is not None
        else (),
        operation=git.operation_in(entry.path),
        files=(*found.paths, *unlisted),
        repositories=tuple(
            path
            for path in (work.contents.repositories if work else ())
            if git.has_own_work(tree.record.path / path)
        ),
    )


def _loose_in(tree: Tree) -> git.Loose:
    """Return the commits that are only in the reflogs of a worktree and of the branch made with it."""
    admin = git.administration_of(tree.project.repository, tree.record.path)
    return git.loose_commits(
        tree.project.repository, admin, branch=tree.record.branch if tree.record.made_branch else None
    )


def work_in(tree: Tree) -> Work:
    """Return a worktree's work, after checking for obstacles to its removal that no flag overrides.

    Raises:
        Refused: There is an obstacle, which the message names; or a file cannot be read.
        CommandError: git failed.
    """
    entries = tree.project.worktrees()
    refuse_obstacles(tree, entries)
    entry = tree.among(entries)
    there = entry is not None and entry.branch == tree.record.branch
    tip = entry.head if entry and there else git.tip_of(tree.project.repository, tree.record.branch)
    if entry is None:
        return Work(None, tip, git.UncommittedFiles(), git.Loose())
    contents = _contents_of(tree) if tree.record.path.is_dir() else git.UncommittedFiles()
    return Work(entry, tip, contents, _loose_in(tree))


def _contents_of(tree: Tree) -> git.UncommittedFiles:
    try:
        known = git.KnownFiles(tree.project.main, tree.project.store.written(tree.record), _own_files(tree))
        found = git.find_uncommitted(tree.record.path, known)
        if files.drop_unfinished(tree.record.path, (*found.untracked, *found.ignored)):
            return git.find_uncommitted(tree.record.path, known)
    except OSError as error:
        name = tree.record.name
        raise Refused(
            f"{name} is not removed: {error.filename} cannot be read, so it cannot be saved either",
            "change its permissions, then run the same command again",
            kind="cannot-be-saved",
        ) from error
    return found


def _own_files(tree: Tree) -> frozenset[str]:
    """Return the overrides that we can write again at any time, because they were not edited."""
    try:
        directory = tree.input.files.directory
    except BadUse:  # the compose file is gone
        directory = ""
    return frozenset(name for name in places_of_override(directory) if _is_own(tree, name))


def _is_own(tree: Tree, name: str) -> bool:
    place = tree.record.path / name
    if not place.is_file():
        return False
    # Earlier versions did not record what they wrote.
    if name not in tree.project.store.written(tree.record):
        return override_text.is_ours(files.read_text(place))
    return untouched(tree, name)
