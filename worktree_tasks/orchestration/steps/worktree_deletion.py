"""Delete a worktree's directory, with git or, for a removal, by renaming it in one step first."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ... import git
from ...configuration.paths_during_removal import discarded_path
from ...errors import Failure, file_errors
from .git_lock import unlock

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...store import Record
    from .project import Project
    from .worktree_handle import Tree

__all__ = ["delete_directory", "delete_worktree", "discarded_place"]

_WRITABLE = stat.S_IRWXU


def discarded_place(record: Record) -> Path:
    """Return where a worktree's directory is while it is being deleted."""
    return discarded_path(record.path, record.key)


def delete_directory(tree: Tree, empty: Callable[[Path], None]) -> None:
    """Delete a worktree's directory and git's entry for it, and the remains of an earlier attempt.

    Args:
        tree: The worktree.
        empty: Deletes what the stack made in a directory as another user.

    Raises:
        Failure: It cannot be deleted; run the command again to delete the rest.
    """
    place = discarded_place(tree.record)
    _leave_directory(tree.project, tree.record.path)
    if os.path.lexists(tree.record.path):
        _discard(place, empty)
        what = f"{tree.record.path} cannot be moved away"
        with file_errors(what, "check the permissions of its parent directory", kind="cannot-be-deleted"):
            # From here on, a killed command cannot leave a partial worktree that looks complete.
            tree.record.path.rename(place)
    repository, path = tree.project.repository, tree.record.path
    if path in git.places(repository):
        unlock(tree)
        git.remove_worktree(repository, path, force=True)
    git.drop_half_deleted(repository)
    _discard(place, empty)


def delete_worktree(tree: Tree) -> None:
    """Delete a worktree's directory with git, which refuses if it has modified or untracked files.

    Raises:
        Failure: Git cannot delete it.
    """
    if tree.entry is None:
        if os.path.lexists(tree.record.path):
            raise Failure(
                f"{tree.record.path} exists, but git has no worktree registered there",
                "check it, then delete it by hand",
                kind="link-broken",
            )
        return
    unlock(tree)
    git.remove_worktree(tree.project.repository, tree.record.path, force=False)


def _leave_directory(project: Project, directory: Path) -> None:
    """Change to the main checkout if the current directory is being deleted."""
    if Path.cwd().is_relative_to(directory.resolve()):
        os.chdir(project.main)
        project.progress.note(f"your current directory was deleted: cd {shlex.quote(str(project.main))}")


def _discard(place: Path, empty: Callable[[Path], None]) -> None:
    """Delete a directory: directly, then with its directories made writable, then as the stack's user."""
    shutil.rmtree(place, ignore_errors=True)
    if os.path.lexists(place):
        _make_writable(place)
        shutil.rmtree(place, ignore_errors=True)
    try:
        if os.path.lexists(place):
            empty(place)
            shutil.rmtree(place)
    except OSError as error:
        raise Failure(
            f"{place} cannot be deleted: {error.strerror} ({error.filename})",
            f"sudo rm -rf {shlex.quote(str(place))}, then run the same command again",
            kind="cannot-be-deleted",
        ) from error


def _make_writable(place: Path) -> None:
    for folder, names, _ in os.walk(place):
        for path in (Path(folder), *(Path(folder) / name for name in names)):
            if not path.is_symlink():
                with suppress(OSError):
                    path.chmod(_WRITABLE)
