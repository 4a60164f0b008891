"""What a removal would take that is nowhere else, asked of git before anything is touched."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .. import processes
from .. import repository as git
from ..configuration.losses import Losses, named, spoken
from ..errors import BadUse, Refused
from .worktree import tree_of

if TYPE_CHECKING:
    from ..repository import Contents, Worktree
    from ..store import Record
    from .site import Site

__all__ = ["OUR_LOCK", "contents_of", "losses_of", "refuse_obstacles", "refuse_to_lose"]

# A worktree that is mounted into a container is locked with a reason that begins so.
OUR_LOCK = "worktree-tasks"


def refuse_obstacles(site: Site, record: Record) -> None:
    """Refuse what no flag overrides: another's lock, and work that a restore point cannot hold.

    Raises:
        Refused: Something stands in the way; the message names it.
    """
    path, tree = record.path, tree_of(site, record)
    if tree is None:
        if os.path.lexists(path):
            raise Refused(
                f"{record.name} is not removed: git knows no worktree in {path}, so its files may be work",
                f"`git worktree repair {path}` may mend it; or move the directory away, and run this again",
            )
        return
    if tree.locked is not None and not tree.locked.startswith(OUR_LOCK):
        raise Refused(
            f"{record.name} is not removed: locked by git{f': {tree.locked}' if tree.locked else ''}",
            f"git worktree unlock {path}",
        )
    within = [one.path for one in git.worktrees(site.repository) if path in one.path.parents]
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
    dirty = git.dirty_submodules(path)
    if dirty or git.lone_commits(site.repository.common_dir, path):
        raise Refused(
            f"{record.name} is not removed: {', '.join(dirty) or 'a submodule'} has changes of its own",
            "commit and push them there, or undo them: a restore point holds no submodules",
        )


def refuse_to_lose(site: Site, record: Record, contents: Contents) -> None:
    """Refuse when a worktree holds what is nowhere else.

    Raises:
        Refused: It does; the message counts and names it.
    """
    tree = tree_of(site, record)
    if tree is None or not record.path.is_dir():
        return
    losses = losses_of(site, record, tree, contents)
    said = ", ".join(spoken(losses))
    if said:
        raise Refused(
            f"{record.name} is not removed: {said} ({named(losses)})" if named(losses)
            else f"{record.name} is not removed: {said}",
            f"commit, stash or delete it in {record.path}; or wt.remove {record.name} --force, "
            "which keeps a restore point",
        )  # fmt: skip


def losses_of(site: Site, record: Record, tree: Worktree, contents: Contents | None) -> Losses:
    """Return what would be lost with a worktree.

    Args:
        site: The project.
        record: The worktree.
        tree: What git knows of it.
        contents: What it holds; None leaves out what a restore point could not hold.

    Raises:
        Failure: git could not tell.
    """
    base = git.default_branch(site.repository, site.settings.base)
    found = git.changes(site.repository, tree, base=base)
    alone = tree.detached and tree.head is not None
    return Losses(
        modified=found.modified,
        untracked=found.untracked,
        commits=git.stranded(site.repository, [str(tree.head)], without=None) if alone else (),
        operation=found.operation,
        files=git.dirty_files(tree.path),
        unsaved=git.left_out(record.path, contents, site.settings.trash_max_bytes) if contents else (),
    )


def contents_of(site: Site, record: Record) -> Contents:
    """Return what a worktree holds beyond a checkout of its branch; nothing when its directory is gone.

    Raises:
        Refused: A file cannot be read.
    """
    if tree_of(site, record) is None or not record.path.is_dir():
        return git.Contents()
    known = git.Known(site.main, site.store.written(record), _own_files(site))
    try:
        return git.contents(record.path, known)
    except OSError as error:
        raise Refused(
            f"{record.name} is not removed: {error.filename} cannot be read, so it cannot be saved either",
            "change its permissions, then run the same command again",
        ) from error


def _own_files(site: Site) -> frozenset[str]:
    try:
        return frozenset({site.compose_files.override})
    except BadUse:  # main has no compose file any more
        return frozenset()
