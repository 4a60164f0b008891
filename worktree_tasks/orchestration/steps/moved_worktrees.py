"""Recognize worktrees by their key after they were moved or their branch was renamed."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ... import git
from ...errors import Failure, WorktreeGone
from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ...git import Repository, WorktreeMark
    from ...store import Record, Store
    from .branch_locks import BranchLocks
    from .progress import Progress

__all__ = ["Follower"]


@dataclass(slots=True, frozen=True)
class Follower:
    """Finds the worktrees of a repository after they were moved.

    Attributes:
        repository: The repository.
        store: Where they are recorded.
        locks: Their locks.
        progress: Reports what was found.
        root: The directory that holds new worktrees.
        near: A directory that may be in a worktree that was moved without git's knowledge.
    """

    repository: Repository
    store: Store
    locks: BranchLocks
    progress: Progress
    root: Path
    near: Path

    def followed(self, records: Iterable[Record]) -> tuple[Record, ...]:
        """Update records with the current paths and branches of their worktrees, and return them.

        A worktree that another command is working on is skipped. One that cannot be found keeps its path.
        """
        marks = {one.key: one for one in git.marks(self.repository)}
        branches = git.branches_by_place(self.repository)

        def follow(record: Record) -> Record:
            mark = marks.get(record.key)
            if mark is None or record.state != "ready":
                return record
            branch = branches.get(mark.place, record.branch)
            if mark.place == record.path and mark.place.is_dir() and branch == record.branch:
                return record
            return record if self.locks.busy(record.branch) else self._updated(record, mark, branch)

        return tuple(map(follow, records))

    def _updated(self, record: Record, mark: WorktreeMark, branch: str) -> Record:
        with suppress(WorktreeGone), self.locks.alone(record.branch):
            now = self.store.record(record.key)
            if (now.state, now.path, now.branch) != (record.state, record.path, record.branch):
                return now
            changes = {**self._new_place(record, mark), **self._new_branch(record, branch)}
            return self.store.update(record, **changes) if changes else record
        return record

    def moved_to(self, record: Record) -> Path | None:
        """Return where a worktree was moved to; None if it cannot be found."""
        mark = next((one for one in git.marks(self.repository) if one.key == record.key), None)
        return None if mark is None else self._place_of(record, mark)

    def _place_of(self, record: Record, mark: WorktreeMark) -> Path | None:
        place: Path | None = mark.place
        if place is not None and not place.is_dir():
            folders = (place.parent, record.path.parent, self.root, self.repository.main.parent)
            place = git.find_moved_by_hand(
                mark.admin, dict.fromkeys(folders), (self.near, *self.near.parents)
            )
        others = {self.repository.main, *(one.path for one in self.store.records() if one.key != record.key)}
        return None if place in others else place

    def _new_place(self, record: Record, mark: WorktreeMark) -> dict[str, Any]:
        place = self._place_of(record, mark)
        if place is None:
            return {}
        if place != mark.place:
            with suppress(Failure):
                git.repair(self.repository, place)
        if place == record.path:
            return {}
        self.progress.note(
            f"{record.name} was moved to {place}; wt.start {record.name} updates the paths in its files"
        )
        return {"path": place}

    def _new_branch(self, record: Record, branch: str) -> dict[str, Any]:
        """Return the changes for a branch that was renamed, or deleted while its worktree has another one."""
        if branch == record.branch or git.tip_of(self.repository, record.branch):
            return {}
        self.progress.news(f"{record.name} is on branch {branch} now; {record.branch} is gone")
        if git.renamed(self.repository, record.branch, branch):
            return {"branch": branch}
        # A branch that was not made here is never deleted.
        return {"branch": branch, "made_branch": False, "start_commit": None}
