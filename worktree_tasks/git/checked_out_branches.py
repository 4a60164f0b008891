"""What linked worktrees have checked out, read from git's own files if possible, or else through git."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .worktree_entries import Entry, worktrees
from .worktree_metadata import content, entries_of, is_linked, lock_reason, registered

if TYPE_CHECKING:
    from pathlib import Path

    from .references import References
    from .repository import Repository

__all__ = ["branches_by_place", "entry_of", "places"]

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
    locked = lock_reason(admin)
    return Entry(path, head, branch, bare=False, detached=False, locked=locked, prunable=None)


def _branch(admin: Path) -> str | None:
    text = (content(admin / "HEAD") or b"").rstrip(b"\n")
    return os.fsdecode(text.removeprefix(_BRANCH)) if text.startswith(_BRANCH) else None
