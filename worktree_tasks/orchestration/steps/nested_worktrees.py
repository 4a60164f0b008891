"""Worktrees in the directory of another one, which would be removed together with it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ... import git
from ...errors import Failure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from ...git import Entry
    from .worktree_handle import Tree

__all__ = ["worktrees_within"]


def worktrees_within(tree: Tree, entries: Collection[Entry]) -> tuple[Path, ...]:
    """Return the worktrees in the directory of a worktree.

    Args:
        tree: The worktree.
        entries: All worktrees that git lists, each where git believes it to be.
    """
    places = {tree.record.path, tree.record.home}
    listed = (one.path for one in entries if places & {*one.path.parents})
    return (*listed, *_moved_into(tree, entries))


def _moved_into(tree: Tree, entries: Collection[Entry]) -> Iterator[Path]:
    """Yield the worktrees that were moved into this one by hand, so that git lists them elsewhere."""
    repository, root = tree.project.repository, tree.record.path
    gone: set[Path] = set()
    for entry in entries:
        if entry.prunable is not None:
            with suppress(Failure):
                gone.add(git.administration_of(repository, entry.path).resolve())
    for folder, names, files in os.walk(root) if gone else ():
        if ".git" in files:
            with suppress(Failure):
                if git.git_directory(Path(folder)).resolve() in gone:
                    yield Path(folder)
        names[:] = [name for name in names if name != ".git"]
