"""Lock, repair and remove existing worktrees."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

from ..command import CommandError
from ..configuration.formatting import spoken_count
from ..errors import Failure, Refused
from ..printable import said_last
from .git_directories import git_directory, is_linked
from .program import alone, git
from .status import status
from .submodule_commits import lone_commits
from .worktree_entries import find_worktree

if TYPE_CHECKING:
    from pathlib import Path

    from .repository import Repository

__all__ = ["drop_empty", "lock_worktree", "remove_worktree", "repair", "unlock_worktree"]

_NAMED = 5


def remove_worktree(repo: Repository, path: Path, *, force: bool) -> None:
    """Remove a worktree's directory, ignored files included, and git's entry for it.

    Args:
        repo: The repository.
        path: The worktree; its directory may already be gone.
        force: Whether to remove it even with modified or untracked files, or commits only in a submodule.

    Raises:
        Refused: It is locked; or, without `force`, work would be lost.
        CommandError: git knows no such worktree, or could not delete it all.
    """
    with alone(repo.common_dir):
        forced = force
        lone = None if force or not path.is_dir() else lone_commits(repo.common_dir, git_directory(path))
        if lone is not None:
            if lone:
                exist = "exists" if lone == 1 else "exist"
                what = f"{spoken_count(lone, 'commit')} {exist} only in its submodules"
                raise Refused(
                    f"{path}: {what}",
                    f"push {'it' if lone == 1 else 'them'}, or remove it with --force",
                    kind="unsaved-work",
                )
            _refuse_changed(path)
            # git would check the same, but never removes populated submodules without --force.
            forced = True
        options = ["--force"] if forced else []
        done = git(repo.main, "worktree", "remove", *options, "--", str(path.absolute()), check=False)
        if done.code == 0:
            return
        tree = find_worktree(repo, path)
        if tree is not None and tree.locked is not None:
            raise _locked(path, tree.locked)
        if tree is not None and not force and path.is_dir():
            _refuse_changed(path)
        raise CommandError(done)


def _locked(path: Path, reason: str) -> Refused:
    why = reason or "no reason given"
    return Refused(
        f"{path} is locked: {why}", f"git worktree unlock {shlex.quote(str(path))}", kind="locked-by-git"
    )


def drop_empty(repo: Repository, folder: Path) -> None:
    """Delete the directory of worktrees if it is empty, and none of our commands is creating one."""
    with alone(repo.common_dir), suppress(OSError):
        folder.rmdir()


def _refuse_changed(path: Path) -> None:
    files = status(path).paths
    if files:
        named = ", ".join(files[:_NAMED]) + ("…" if len(files) > _NAMED else "")
        raise Refused(
            f"{path} has changes: {named}",
            "commit or stash them, or remove it with --force",
            kind="unsaved-work",
        )


def lock_worktree(repo: Repository, path: Path, reason: str) -> None:
    """Lock a worktree, so that git neither prunes nor removes it; locking it again with this reason is fine.

    Raises:
        Refused: It is locked for another reason.
        CommandError: git knows no such worktree.
    """
    with alone(repo.common_dir):
        done = git(
            repo.main, "worktree", "lock", f"--reason={reason}", "--", str(path.absolute()), check=False
        )
        if done.code == 0:
            return
        tree = find_worktree(repo, path)
        if tree is None or tree.locked is None:
            raise CommandError(done)
        if tree.locked != reason:
            raise _locked(path, tree.locked)


def unlock_worktree(repo: Repository, path: Path) -> None:
    """Unlock a worktree, if it is locked.

    Raises:
        CommandError: git knows no such worktree.
    """
    with alone(repo.common_dir):
        done = git(repo.main, "worktree", "unlock", "--", str(path.absolute()), check=False)
        if done.code != 0:
            tree = find_worktree(repo, path)
            if tree is None or tree.locked is not None:
                raise CommandError(done)


def repair(repo: Repository, path: Path) -> None:
    """Relink a worktree and its repository after either was moved by hand, or its `.git` was damaged.

    Raises:
        Failure: There is no worktree of this repository at `path`.
    """
    with alone(repo.common_dir):
        # git reports a damaged `.git` even if it then repairs it.
        done = git(repo.main, "worktree", "repair", "--", str(path.absolute()), check=False)
        if not is_linked(repo, path.resolve()):
            said = said_last(done.err, "it is not a worktree of this repository")
            raise Failure(
                f"{path} could not be repaired: {said}",
                "pass the directory it was moved to",
                kind="link-broken",
            )
