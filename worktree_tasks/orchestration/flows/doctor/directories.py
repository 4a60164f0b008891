"""Check: each worktree is where its record says."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from .... import git
from ....errors import Failure
from ...steps.holding import holding
from ...steps.worktree import find_moved, moved_to, tree_of, worktree_root
from ..clean import Cleaning, Row, clean
from .check import Look, found

if TYPE_CHECKING:
    from pathlib import Path

    from ....store import Record
    from ...steps.project import Site
    from .check import Trouble

__all__ = ["look"]


def look(site: Site) -> Look:
    """Look for directories that were moved or deleted, and for those that git does not know any more."""
    records = site.records()
    troubles = [_trouble(site, record) for record in records if not site.busy(record.branch)]
    return Look(
        f"{len(records)} of {len(records)} in their places",
        tuple(trouble for trouble in troubles if trouble is not None),
    )


def _trouble(site: Site, record: Record) -> Trouble | None:
    if os.path.lexists(record.path):
        return _of_link(site, record)
    return _of_place(site, record) if record.state == "ready" else None


def _of_link(site: Site, record: Record) -> Trouble | None:
    """Return what is wrong between a directory that is there and the repository."""
    path, tree = record.path, tree_of(site, record)
    fix = f"git -C {shlex.quote(str(site.main))} worktree repair"
    if tree is None and record.state == "ready":
        what, fix = f"git knows no worktree in {path}", f"{fix} {shlex.quote(str(path))}"
    elif tree is not None and tree.head and path.is_dir() and not git.is_linked(site.repository, path):
        what = f"{path / '.git'} does not lead to the repository in {site.main}"
    else:
        return None
    return found("directory", record.name, what, fix=fix, mend=lambda: git.repair(site.repository, path))


def _of_place(site: Site, record: Record) -> Trouble:
    """Return where a worktree is whose directory is not in its place, or that it is gone."""
    path, name = record.path, record.name
    if (moved := moved_to(site, record)) is not None:
        return found("moved", name, f"{name} was moved to {moved}", mend=lambda: find_moved(site, record))
    folders = dict.fromkeys((path.parent, worktree_root(site)))
    if (moved := git.find_moved_by_hand(site.repository, path, folders)) is not None:
        place = moved
        return found(
            "moved",
            name,
            f"{name} was moved to {place} without git's knowledge",
            mend=lambda: _follow(site, record, place),
        )
    return found(
        "directory",
        name,
        f"{path} is gone; its stack, its ports and its record are left",
        fix=f"inv wt.remove {shlex.quote(name)}",
        mend=lambda: _reap(site, record),
    )


def _follow(site: Site, record: Record, place: Path) -> None:
    with holding(site, record) as now:
        git.repair(site.repository, place)
        site.store.update(now, path=place)


def _reap(site: Site, record: Record) -> None:
    """Let `clean` take away what a deleted worktree left."""
    row = Row(record.name, record.branch, record.path, remove=True, reason="", key=record.key)
    (gone,) = clean(site, Cleaning((row,))).worktrees
    if not gone.removed:
        raise Failure(f"it stays: {gone.reason}", f"inv wt.remove {shlex.quote(record.name)}")
