"""Obstacles to a removal that no flag overrides, such as a lock, a mount, or a read-only directory."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from ... import git
from ...errors import Refused
from ...machine import processes
from .git_link import refuse_unlinked
from .nested_worktrees import worktrees_within

if TYPE_CHECKING:
    from collections.abc import Collection

    from ...git import Entry
    from .worktree_handle import Tree

__all__ = ["refuse_obstacles"]


def refuse_obstacles(tree: Tree, entries: Collection[Entry]) -> None:
    """Refuse a removal that no flag can force.

    Raises:
        Refused: There is an obstacle; the message names it.
    """
    name, path, entry = tree.record.name, tree.record.path, tree.among(entries)
    if entry is None:
        # A `new` that was killed may have left an empty directory.
        empty = path.is_dir() and not path.is_symlink() and not any(path.iterdir())
        if os.path.lexists(path) and not empty:
            raise Refused(
                f"{name} is not removed: git has no worktree registered in {path}, so its files may be work",
                f"`git worktree repair {shlex.quote(str(path))}` may fix it;"
                " or move the directory away and run this again",
                kind="unknown-to-git",
            )
        return
    if entry.held is not None:
        raise Refused(
            f"{tree.record.name} is not removed: locked by git{f': {entry.held}' if entry.held else ''}",
            f"git worktree unlock {shlex.quote(str(tree.record.home))}",
            kind="locked-by-git",
        )
    _refuse_unwritable(tree)
    _refuse_elsewhere(tree)
    if within := worktrees_within(tree, entries):
        raise Refused(
            f"{tree.record.name} is not removed: it contains another worktree, {within[0]}",
            "remove that one first, or move it out",
            kind="holds-others",
        )
    if path.is_dir() and (mounts := processes.mounts_in(path)):
        raise Refused(
            f"{tree.record.name} is not removed: {mounts[0]} is mounted there",
            f"umount {mounts[0]}",
            kind="holds-others",
        )


def _refuse_unwritable(tree: Tree) -> None:
    """Refuse a removal that would fail half-way: we cannot move the directory, or cannot write in git's."""
    around = tree.record.path.parent
    place = git.unwritable(
        tree.project.repository, git.administration_of(tree.project.repository, tree.record.path)
    )
    if place is None and tree.record.path.is_dir() and not os.access(around, os.W_OK | os.X_OK):
        place = around
    if place is not None:
        raise Refused(
            f"{tree.record.name} is not removed: {place} is not writable",
            "check its permissions, and whether its file system is read-only",
            kind="read-only",
        )


def _refuse_elsewhere(tree: Tree) -> None:
    """Refuse a directory that is a link, or whose `.git` points elsewhere: git would report on another."""
    path = tree.record.path
    if path.is_symlink():
        raise Refused(
            f"{tree.record.name} is not removed: {tree.record.home} is a symbolic link to {path.resolve()}",
            "move that directory to where the link is, then run the same command again",
            kind="symbolic-link",
        )
    refuse_unlinked(tree, because=f"{tree.record.name} is not removed: ")
