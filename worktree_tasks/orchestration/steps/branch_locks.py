"""The locks of one project: one for each branch's worktree, and one for main's stack."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from ...configuration.naming import label_hash
from ...machine.locks import file_of, held, hold, show, tidy
from . import hook_process

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from .progress import Progress

__all__ = ["BranchLocks"]


class BranchLocks:
    """Locks against other commands of ours. A branch is None where main's stack is meant.

    Args:
        folder: Where their files are.
        common_dir: The repository's common git directory, by which a project is known.
        progress: Where it is said what is waited for.
    """

    def __init__(self, folder: Path, common_dir: Path, progress: Progress) -> None:
        self._folder = folder
        self._common_dir = common_dir
        self._progress = progress

    def alone(self, branch: str | None) -> AbstractContextManager[None]:
        """Hold the lock of a branch's worktree, or of main's stack.

        A hook's own commands work under the lock of the command that runs the hook.
        """
        name = self.name(branch)
        if hook_process.lock_above() == name and self.locked(branch):
            return nullcontext()
        what = "main's stack" if branch is None else branch

        def waiting(who: str) -> None:
            self._progress.news(f"waiting for another command that works on {what}: {who}")
            self._progress.doing(f"waiting for {who}")

        return hold(self._folder, name, waiting, what=what)

    def filling(self, place: str) -> AbstractContextManager[None]:
        """Hold the lock of the template of one of main's databases, named as `service/name`."""

        def waiting(who: str) -> None:
            self._progress.doing(f"waiting for another command that copies {place}: {who}")

        return hold(self._folder, label_hash(f"{self._common_dir}\0data:{place}"), waiting, what=place)

    def using(self, branch: str) -> AbstractContextManager[None]:
        """Show other commands that this one uses a branch's worktree, without keeping them off."""
        return show(self._folder, self.name(branch))

    def busy(self, branch: str) -> bool:
        """Return whether another command of ours works on a branch's worktree or uses it."""
        return held(self._folder, f"{self.name(branch)}*")

    def locked(self, branch: str | None) -> bool:
        """Return whether somebody holds the lock."""
        return held(self._folder, self.name(branch))

    def file(self, branch: str | None) -> Path:
        """Return the file of the lock."""
        return file_of(self._folder, self.name(branch))

    def tidy(self, gone: str) -> None:
        """Delete the files of locks that are not used any more.

        Args:
            gone: A branch whose worktree is gone, and whose lock this command holds.
        """
        # Whoever waits for it sees that the file is gone, and makes a new one.
        self.file(gone).unlink(missing_ok=True)
        tidy(self._folder)

    def name(self, branch: str | None) -> str:
        """Return the name of the lock."""
        # No branch has a colon in its name, so that no lock has one that earlier versions gave to another.
        what = "stack:" if branch is None else f"tree:{branch}"
        return label_hash(f"{self._common_dir}\0{what}")
