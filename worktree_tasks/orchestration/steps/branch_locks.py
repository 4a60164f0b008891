"""The locks of one project: one for each branch's worktree, and one for main's stack."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from ...configuration.naming import label_hash
from ...machine.locks import file_of, held, held_names, hold, show, tidy
from . import hook_process

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from .progress import Progress

__all__ = ["BranchLocks"]


class BranchLocks:
    """Locks against other wt commands. A branch of None stands for main's stack.

    Args:
        folder: The directory of the lock files.
        common_dir: The repository's common git directory, which identifies the project.
        progress: Reports what a command waits for.
    """

    def __init__(self, folder: Path, common_dir: Path, progress: Progress) -> None:
        self._folder = folder
        self._common_dir = common_dir
        self._progress = progress

    def alone(self, branch: str | None) -> AbstractContextManager[None]:
        """Hold the lock of a branch's worktree, or of main's stack.

        A command that a hook starts uses the lock of the command that runs the hook.
        """
        name = self.name(branch)
        if hook_process.lock_above() == name and self.locked(branch):
            return nullcontext()
        what = "main's stack" if branch is None else branch

        def waiting(who: str) -> None:
            self._progress.news(f"waiting for another command that is working on {what}: {who}")
            self._progress.doing(f"waiting for {who}")

        return hold(self._folder, name, waiting, what=what)

    def making(self, what: str) -> AbstractContextManager[None]:
        """Hold the lock of something that several worktrees use, and that one command has to make."""

        def waiting(who: str) -> None:
            self._progress.doing(f"waiting for another command that is making {what}: {who}")

        return hold(self._folder, label_hash(f"{self._common_dir}\0data:{what}"), waiting, what=what)

    def using(self, branch: str) -> AbstractContextManager[None]:
        """Mark a branch's worktree as used by this command, without locking out others."""
        return show(self._folder, self.name(branch))

    def busy(self, branch: str) -> bool:
        """Return whether another wt command is working on a branch's worktree or using it."""
        return held(self._folder, f"{self.name(branch)}*")

    def locked(self, branch: str | None) -> bool:
        """Return whether the lock is held."""
        return held(self._folder, self.name(branch))

    def locked_of(self, branches: Iterable[str]) -> frozenset[str]:
        """Return those of some branches whose locks are held."""
        # Seldom is any lock held, and only then the branches' names are hashed.
        names = held_names(self._folder)
        return frozenset(one for one in branches if self.name(one) in names) if names else frozenset()

    def file(self, branch: str | None) -> Path:
        """Return the lock's file."""
        return file_of(self._folder, self.name(branch))

    def tidy(self, gone: str) -> None:
        """Delete the files of locks that are no longer used.

        Args:
            gone: A branch whose worktree is gone, and whose lock this command holds.
        """
        # A command that waits for it notices that the file is gone, and makes a new one.
        self.file(gone).unlink(missing_ok=True)
        tidy(self._folder)

    def name(self, branch: str | None) -> str:
        """Return the lock's name."""
        # A branch's name cannot contain a colon, so no name collides with those of earlier versions.
        what = "stack:" if branch is None else f"tree:{branch}"
        return label_hash(f"{self._common_dir}\0{what}")
