"""What a removal would take that is nowhere else, asked of git before anything is touched."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ... import git
from ...configuration.left_out import undiscarded
from ...configuration.losses import Losses, named, remedy, spoken
from ...errors import BadUse, Refused
from ...machine import files, processes
from .linked import refuse_unlinked
from .worktree_state import find_tree
from .written import untouched

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...git import Worktree
    from ...store import Record
    from .project import Site

__all__ = [
    "OUR_LOCK",
    "Work",
    "landed_as",
    "losses_of",
    "refuse_to_lose",
    "work_in",
]

# A worktree that is mounted into a container is locked with a reason that begins so.
OUR_LOCK = "worktree-tasks"


@dataclass(frozen=True, slots=True)
class Work:
    """What git tells of a worktree at one moment.

    Attributes:
        tree: Its entry; None when git does not know it.
        tip: The commit that the branch is at which was made with it; None when there is none.
        contents: What it holds beyond a checkout of its branch.
        loose: The commits that would go with its reflogs, and those of the branch made with it.
    """

    tree: Worktree | None
    tip: str | None
    contents: git.Contents
    loose: git.Loose


def _refuse_obstacles(site: Site, record: Record, trees: Iterable[Worktree]) -> None:
    """Refuse what no flag overrides: another's lock, and work that a restore point cannot hold.

    Raises:
        Refused: Something stands in the way; the message names it.
    """
    path, tree = record.path, find_tree(trees, record)
    if tree is None:
        # A `new` that was killed may have made the directory, and nothing in it.
        empty = path.is_dir() and not path.is_symlink() and not any(path.iterdir())
        if os.path.lexists(path) and not empty:
            raise Refused(
                f"{record.name} is not removed: git knows no worktree in {path}, so its files may be work",
                f"`git worktree repair {path}` may mend it; or move the directory away, and run this again",
            )
        return
    if tree.locked is not None and not tree.locked.startswith(OUR_LOCK):
        raise Refused(
            f"{record.name} is not removed: locked by git{f': {tree.locked}' if tree.locked else ''}",
            f"git worktree unlock {record.home}",
        )
    _refuse_unwritable(site, record)
    _refuse_elsewhere(site, record)
    within = [one.path for one in trees if {path, record.home} & {*one.path.parents}]
    if within:
        raise Refused(
            f"{record.name} is not removed: {within[0]} is another worktree, inside of it",
            "remove that one first",
        )
    if not path.is_dir():
        return
    mounts = processes.mounts_in(path)
    if mounts:
        raise Refused(f"{record.name} is not removed: {mounts[0]} is mounted there", f"umount {mounts[0]}")


def _refuse_unwritable(site: Site, record: Record) -> None:
    """Refuse what would stop half-way: a directory that we cannot move, or git's that we cannot change."""
    around = record.path.parent
    place = git.unwritable(site.repository, git.administration_of(site.repository, record.path))
    if place is None and record.path.is_dir() and not os.access(around, os.W_OK | os.X_OK):
        place = around
    if place is not None:
        raise Refused(
            f"{record.name} is not removed: we may not write in {place}",
            "check its permissions, and whether its file system is read-only",
        )


def _refuse_elsewhere(site: Site, record: Record) -> None:
    """Refuse a directory whose `.git` leads elsewhere: git would tell of something else."""
    path = record.path
    if path.is_symlink():
        raise Refused(
            f"{record.name} is not removed: {record.home} is a symbolic link to {path.resolve()}",
            "move that directory to where the link is, then run the same command again",
        )
    refuse_unlinked(site, record, because=f"{record.name} is not removed: ")


def refuse_to_lose(
    site: Site,
    record: Record,
    work: Work,
    *,
    goes: bool = False,
    force: bool = False,
    discard: Iterable[str] = (),
) -> None:
    """Refuse when a worktree holds what is nowhere else.

    Args:
        site: The project.
        record: The worktree.
        work: What it holds.
        goes: Whether its branch is to go too, so that commits on no other are a loss.
        force: Whether only what a restore point cannot hold is a loss.
        discard: What may be lost of that, by paths in the worktree.

    Raises:
        Refused: It does; the message counts and names it.
    """
    tree, contents = work.tree, work.contents
    if tree is None or not record.path.is_dir():
        return
    dirty = git.dirty_submodules(record.path, contents.submodules)
    if dirty or git.lone_commits(site.repository.common_dir, record.path, dropped=True):
        raise Refused(
            f"{record.name} is not removed: {', '.join(dirty) or 'a submodule'} has changes of its own",
            "commit and push them there, or undo them: a restore point holds no submodules",
        )
    unsaved = undiscarded(git.left_out(record.path, contents, site.settings.trash_max_bytes), discard)
    losses = replace(Losses() if force else losses_of(site, record, tree, work), unsaved=unsaved)
    if goes and work.tip is not None and not force:
        losses = replace(losses, commits=losses.commits or _lone_commits(site, record, tree, work.tip))
    said = ", ".join(spoken(losses))
    if not said:
        return
    raise Refused(
        f"{record.name} is not removed: {said}{f' ({named(losses)})' if named(losses) else ''}",
        remedy(losses, record.name, str(record.home), force=force),
    )


def _lone_commits(site: Site, record: Record, tree: Worktree, tip: str) -> tuple[str, ...]:
    """Return the commits that only the branch of a worktree has, whose work is not in the base either."""
    if not record.made_branch:
        return ()
    alone = git.stranded(site.repository, [tip], without=record.branch)
    if alone and (tree.branch, tree.head) == (record.branch, tip):
        base = git.default_branch(site.repository, site.settings.base)
        return () if landed_as(site, record, tree, base) else alone
    return alone


def landed_as(site: Site, record: Record, tree: Worktree, base: str) -> str | None:
    """Return how a worktree's work came into the base; None when it is not all there."""
    if tree.head is None:
        return None
    candidate = git.Candidate(tree.head, tree.branch, record.start_commit)
    cache = site.store.verdicts()
    return git.all_merged(site.repository, {record.key: candidate}, base=base, cache=cache)[record.key]


def losses_of(site: Site, record: Record, tree: Worktree, work: Work | None) -> Losses:
    """Return what would be lost with a worktree.

    Args:
        site: The project.
        record: The worktree.
        tree: What git knows of it.
        work: What it holds; None leaves out the repositories inside of it.

    Raises:
        Failure: git could not tell.
    """
    # The submodules that contents tell of are asked by themselves.
    found = git.uncommitted(site.repository, tree.path, submodules=work is None)
    alone = tree.detached and tree.head is not None
    loose = work.loose if work else _loose_in(site, record)
    return Losses(
        modified=len(found.modified),
        untracked=len(found.untracked),
        commits=git.stranded(site.repository, [str(tree.head)], without=None) if alone else (),
        dropped=git.dropped_commits(
            site.repository,
            loose,
            head=tree.head,
            base=git.default_branch(site.repository, site.settings.base),
            start=record.start_commit,
            cache=site.store.verdicts(),
        )
        if loose.dropped and tree.head is not None
        else (),
        operation=git.operation_in(tree.path),
        files=found.paths,
        repositories=tuple(
            path
            for path in (work.contents.repositories if work else ())
            if git.has_own_work(record.path / path)
        ),
    )


def _loose_in(site: Site, record: Record) -> git.Loose:
    """Return the commits that would go with the reflogs of a worktree and of the branch made with it."""
    admin = git.administration_of(site.repository, record.path)
    return git.loose_commits(site.repository, admin, branch=record.branch if record.made_branch else None)


def work_in(site: Site, record: Record) -> Work:
    """Ask git what a worktree holds, where nothing stands in the way of its removal that no flag overrides.

    Raises:
        Refused: Something does; the message names it. Or a file cannot be read.
        CommandError: git could not tell.
    """
    trees = git.worktrees(site.repository)
    _refuse_obstacles(site, record, trees)
    tree = find_tree(trees, record)
    there = tree is not None and tree.branch == record.branch
    tip = tree.head if tree and there else git.tip_of(site.repository, record.branch)
    if tree is None:
        return Work(None, tip, git.Contents(), git.Loose())
    contents = _contents_of(site, record) if record.path.is_dir() else git.Contents()
    return Work(tree, tip, contents, _loose_in(site, record))


def _contents_of(site: Site, record: Record) -> git.Contents:
    try:
        known = git.Known(site.main, site.store.written(record), _own_files(site, record))
        found = git.contents(record.path, known)
        if files.drop_unfinished(record.path, (*found.untracked, *found.ignored)):
            return git.contents(record.path, known)
    except OSError as error:
        raise Refused(
            f"{record.name} is not removed: {error.filename} cannot be read, so it cannot be saved either",
            "change its permissions, then run the same command again",
        ) from error
    return found


def _own_files(site: Site, record: Record) -> frozenset[str]:
    """Return what we write anew whenever it is needed, unless somebody edited it."""
    try:
        name = site.compose_files.override
    except BadUse:  # main has no compose file any more
        return frozenset()
    # Earlier versions did not note what they wrote.
    noted = name in site.store.written(record)
    return frozenset() if noted and not untouched(site, record, name) else frozenset({name})
