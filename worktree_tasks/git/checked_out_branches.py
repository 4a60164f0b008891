"""What linked worktrees have checked out, read from git's own files if possible, or else through git."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .git_directories import content, entries_of, is_linked, lock_reason, registered
from .worktree_entries import Entry, worktrees

if TYPE_CHECKING:
    from pathlib import Path

    from .references import References
    from .repository import Repository

__all__ = ["branches_by_place", "entry_of", "places", "registered_entries"]

_BRANCH = b"ref: refs/heads/"
# The value of HEAD if references are not files: https://git-scm.com/docs/reftable
_NO_BRANCH = ".invalid"


def places(repo: Repository) -> dict[Path, Path]:
    """Return the git directories of linked worktrees, by the worktrees' paths."""
    return {link.parent: admin for admin, link in registered(repo)}


def branches_by_place(repo: Repository) -> dict[Path, str]:
    """Return the branches of linked worktrees, without those that have none, as during a rebase."""
    found = {place: _branch(admin) for place, admin in places(repo).items()}
    if _NO_BRANCH in found.values():
        return {tree.path: tree.branch for tree in worktrees(repo) if tree.branch}
    return {place: branch for place, branch in found.items() if branch}


def registered_entries(repo: Repository) -> tuple[Entry, ...]:
    """Return main's entry and those of all linked worktrees in git's order, without their commits.

    No program is run. There are none if references are not files: only git can read those.
    """
    linked = sorted(places(repo).items(), key=lambda one: os.fsencode(one[0]))
    found = {repo.main: repo.common_dir, **dict(linked)}
    branches = {place: _branch(admin) for place, admin in found.items()}
    if _NO_BRANCH in branches.values():
        return ()
    return tuple(_entry(place, admin, None, branches[place]) for place, admin in found.items())


def entry_of(repo: Repository, path: Path, known: References) -> Entry | None:
    """Return git's entry for a worktree, as in its list; None if git does not know it.

    Args:
        repo: The repository.
        path: The worktree.
        known: All branches.
    """
    admin = next(entries_of(repo, path), None)
    if admin is None:
        return None
    branch = _branch(admin)
    head = known.heads.get(branch) if branch else None
    if head is None or not is_linked(repo, path):
        return next((tree for tree in worktrees(repo) if tree.path == path), None)
    return _entry(path, admin, head, branch)


def _entry(path: Path, admin: Path, head: str | None, branch: str | None) -> Entry:
    locked = lock_reason(admin)
    intact = locked is not None or os.path.lexists(path / ".git")
    prunable = None if intact else "its .git file is missing"
    return Entry(path, head, branch, bare=False, detached=branch is None, locked=locked, prunable=prunable)


def _branch(admin: Path) -> str | None:
    text = (content(admin / "HEAD") or b"").rstrip(b"\n")
    return os.fsdecode(text.removeprefix(_BRANCH)) if text.startswith(_BRANCH) else None
