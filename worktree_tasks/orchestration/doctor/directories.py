"""Check: each worktree is where its record says."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from ... import repository as git
from ...errors import Failure
from ..clean import Cleaning, Row, clean
from ..holding import holding
from ..worktree import find_moved, moved_to, tree_of, worktree_root
from .check import Look, found

if TYPE_CHECKING:
    from pathlib import Path

    from ...store import Record
    from ..site import Site
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
    path, name = record.path, record.name
    if record.state != "ready":
        return None
    if os.path.lexists(path):
        if tree_of(site, record) is not None:
            return None
        mend = f"git -C {shlex.quote(str(site.main))} worktree repair {shlex.quote(str(path))}"
        return found(
            "directory",
            name,
            f"git knows no worktree in {path}",
            fix=mend,
            mend=lambda: git.repair(site.repository, path),
        )
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
