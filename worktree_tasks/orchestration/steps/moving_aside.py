"""Move a worktree aside before it is removed, and back if it stays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ... import git
from ...errors import Failure, Refused, WorktreeTasksError, file_errors

if TYPE_CHECKING:
    from .worktree_handle import Tree

__all__ = ["correct_path", "move_aside", "move_back_if_possible", "undo_removal"]


def correct_path(tree: Tree) -> None:
    """Record a worktree's path as a removal, which may have been killed, left it, in our state and in git.

    A worktree whose directory is deleted already is recorded at its original path.
    """
    repository, record = tree.project.repository, tree.record
    if record.state != "removing":
        return
    places = (record.aside, record.home)
    place = next((one for one in places if git.bears(repository, one, record.key)), None)
    if place is None:
        others = {one.path for one in tree.project.store.records() if one.key != record.key}
        gone = not any(map(os.path.lexists, places))
        place = record.home if gone and record.home not in others else record.path
    git.place_worktree(repository, record.key, place, known=places)
    if place != record.path:
        tree.update(path=place)


def move_aside(tree: Tree) -> None:
    """Move a worktree's directory to the path for removals, unless it is there already.

    Raises:
        Failure: It cannot be moved.
    """
    if tree.record.path == tree.record.aside:
        return
    git.mark(tree.project.repository, tree.record.path, tree.record.key, tree.project.store.path.parent)
    before = tree.record.path
    tree.update(path=tree.record.aside)
    try:
        if os.path.lexists(tree.record.path):
            raise FileExistsError(None, f"{tree.record.path} is in the way")
        git.move_worktree(tree.project.repository, tree.record.key, before, tree.record.path)
    except OSError as error:
        tree.update(path=before)
        raise Failure(
            f"{before} cannot be moved away: {error.strerror}",
            "check the permissions of its parent directory",
            kind="cannot-be-deleted",
        ) from error


def undo_removal(tree: Tree) -> None:
    """Undo a removal that was begun, if the worktree's directory still exists.

    Raises:
        Refused: Something else is at the worktree's path by now.
    """
    correct_path(tree)
    if tree.record.state != "removing" or not git.bears(
        tree.project.repository, tree.record.path, tree.record.key
    ):
        return
    _move_back(tree)
    tree.project.store.end_removal(tree.record)
    tree.refresh()


def move_back_if_possible(tree: Tree) -> None:
    """Move a worktree's directory back while its removal stays unfinished; note why it cannot be moved."""
    try:
        if git.bears(tree.project.repository, tree.record.path, tree.record.key):
            _move_back(tree)
    except WorktreeTasksError as error:
        tree.project.progress.note(error.what)


def _move_back(tree: Tree) -> None:
    path, home = tree.record.path, tree.record.home
    if path == home:
        return
    if os.path.lexists(home):
        raise Refused(
            f"something else is at {home} now; the worktree being removed is in {path}",
            f"move {home} away, then run the same command again",
            kind="place-taken",
        )
    hint = "check the permissions of its parent directory, then run the same command again"
    with file_errors(f"{path} cannot be moved back to {home}", hint, kind="cannot-be-deleted"):
        git.move_worktree(tree.project.repository, tree.record.key, path, home)
    tree.update(path=home)
