"""What is done to worktrees: made, locked, repaired and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..command import CommandError
from ..errors import Failure, Refused
from .addition import add_worktree
from .entries import Worktree, find_worktree, parse_worktrees, worktrees
from .program import alone, git
from .submodules import lone_commits

if TYPE_CHECKING:
    from pathlib import Path

    from .checkout import Repository

__all__ = [
    "Worktree",
    "add_worktree",
    "find_worktree",
    "lock_worktree",
    "parse_worktrees",
    "remove_worktree",
    "repair",
    "unlock_worktree",
    "worktrees",
]


def remove_worktree(repo: Repository, path: Path, *, force: bool) -> None:
    """Remove a worktree's directory, ignored files included, and git's entry for it.

    Args:
        repo: The repository.
        path: The worktree; its directory may be gone already.
        force: Also when files are modified or untracked, or a submodule has commits of its own.

    Raises:
        Refused: Without `force`, a submodule's commits would be lost.
        CommandError: git refused (modified or untracked files, locked), or could not delete it all.
    """
    target = str(path.absolute())
    with alone(repo.common_dir):
        if not force and path.is_dir() and (lone := lone_commits(repo.common_dir, path)) is not None:
            # git never removes populated submodules without --force: ask what it would have asked.
            status = git(path, "status", "--porcelain", "--ignore-submodules=none")
            if status.out or lone:
                what = f"{lone} commits of its submodules are nowhere else" if lone else "it has changes"
                raise Refused(f"{path}: {what}", "push or commit them, or remove it with --force")
            force = True
        git(repo.main, "worktree", "remove", *(["--force"] if force else []), "--", target)


def lock_worktree(repo: Repository, path: Path, reason: str) -> None:
    """Lock a worktree, so that git neither prunes nor removes it; again with the same reason is no error.

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
            raise Refused(
                f"{path} is locked: {tree.locked or 'no reason given'}", f"git worktree unlock {path}"
            )


def unlock_worktree(repo: Repository, path: Path) -> None:
    """Unlock a worktree; one that is not locked stays as it is.

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
    """Join a worktree that was moved by hand, at its new path, with its repository again.

    Raises:
        Failure: There is no worktree of this repository at `path`.
    """
    with alone(repo.common_dir):
        done = git(repo.main, "worktree", "repair", "--", str(path.absolute()), check=False)
        if done.code != 0 or find_worktree(repo, path) is None:
            said = (done.err.strip() or "it is no worktree of this repository").splitlines()[-1]
            raise Failure(f"{path} could not be repaired: {said}", "pass the directory it was moved to")
