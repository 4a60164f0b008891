"""Restore a worktree from a restore point: its index, and its files byte for byte.

Every step may be run again: the next run finishes an interrupted one.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from ...command import CommandError
from ...errors import Failure
from ..directory_walk import is_below
from ..git_directories import git_directory
from ..gitlinks import gitlinks
from ..object_reading import read_blob
from ..objects import write_commit, write_tree
from ..program import alone, git
from ..submodules import populate_submodules
from ..worktree_addition import forget_half_made, link_keys
from ..worktree_entries import find_worktree
from .file_restoring import PRIVATE, Destination, delete_files, set_modes, write_files, write_notes
from .vault_repository import vault_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from ..repository import Repository
    from .restore_points import RestorePoint

__all__ = ["restore_worktree"]


def restore_worktree(
    repo: Repository,
    point: RestorePoint,
    path: Path,
    *,
    branch: str | None,
    renamed: Mapping[str, str],
    without: Collection[str] = (),
) -> tuple[str, ...]:
    """Create a worktree as it was saved.

    Args:
        repo: The repository.
        point: The restore point.
        path: The directory: missing, empty, or begun by an earlier run.
        branch: The branch to have checked out; None for a detached HEAD.
        renamed: Branches that were restored under another name.
        without: Files to leave out.

    Returns:
        Problems that do not affect the saved files.

    Raises:
        Failure: Something is in the way, or git failed.
    """
    vault = vault_of(repo)
    listing = json.loads(read_blob(vault, f"{point.commit}:files.json"))
    _register(repo, point, path, branch)
    link_keys(repo, path)
    write_notes(vault, git_directory(path), listing["git"], renamed)
    folders = dict(listing["directories"])
    for folder in folders:
        if (path / folder).is_dir() and not (path / folder).is_symlink():
            (path / folder).chmod(PRIVATE)
    # Filters may fail because a program or objects are missing; edited files are restored nevertheless.
    done = git(path, "checkout-index", "--all", "--force", "--quiet", check=False)
    notes = (
        () if done.code == 0 else (f"not all unchanged files were checked out: {CommandError(done).what}",)
    )
    delete_files(path, listing["deleted"])
    entries = [entry for entry in listing["files"] if entry["path"] not in without]
    place = Destination(path, frozenset(folders))
    # Git checks out a submodule only into an empty directory, and not over a clone that was in its place.
    links = gitlinks(path)
    within = {entry["path"]: link for entry in entries if (link := is_below(entry["path"], links))}
    write_files(vault, place.without(links), [one for one in entries if one["path"] not in within])
    saved = {link for file, link in within.items() if file == link or file.startswith(f"{link}/.git")}
    notes = (*notes, *populate_submodules(repo, path, without=saved))
    write_files(vault, place, [one for one in entries if one["path"] in within])
    set_modes(path, listing["modes"], folders)
    _refresh_index(path)
    return notes


def _refresh_index(path: Path) -> None:
    """Record the times of unchanged files, which saves the next `git status` from reading them all."""
    try:
        git(path, "update-index", "-q", "--refresh", check=False)
    except CommandError:
        # git was killed, which leaves the index locked.
        (git_directory(path) / "index.lock").unlink(missing_ok=True)


def _register(repo: Repository, point: RestorePoint, path: Path, branch: str | None) -> None:
    """Register the worktree with git, with HEAD where it was and no files yet."""
    with alone(repo.common_dir):
        forget_half_made(repo, path)
        tree = find_worktree(repo, path)
        if tree is not None and not path.is_dir() and tree.held is None:
            git(repo.main, "worktree", "remove", "--force", "--force", "--", str(path))
            tree = None
        if tree is None:
            if os.path.lexists(path) and (path.is_symlink() or not path.is_dir() or any(path.iterdir())):
                raise Failure(
                    f"{path} exists already",
                    "move it away, and run the same command again",
                    kind="path-taken",
                )
            # Before the first commit any commit will do, since HEAD is set to the branch below.
            head = point.head or _empty_commit(repo)
            git(repo.main, "worktree", "add", "--no-checkout", "--detach", "--", str(path), head)
        else:
            # An earlier run may have been killed while git wrote the index.
            (git_directory(path) / "index.lock").unlink(missing_ok=True)
        if branch is not None:
            git(path, "symbolic-ref", "HEAD", f"refs/heads/{branch}")
        elif point.head is not None:
            git(path, "update-ref", "--no-deref", "HEAD", point.head)


def _empty_commit(repo: Repository) -> str:
    return write_commit(repo.common_dir, write_tree(repo.common_dir, ()), (), "Before the first commit")
