"""Submodules of a worktree that have changes, or a commit that is not the recorded one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_modules import later
from .gitlinks import GITLINK_MODE
from .program import fields, git
from .status import NOT_INSIDE, STATUS_ARGV

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from . import edited_files, nested_repositories
else:
    # Most worktrees have no submodules.
    edited_files, nested_repositories = later(__package__, ".edited_files", ".nested_repositories")

__all__ = ["dirty_submodules"]

_GITLINK = f":{GITLINK_MODE}"


def dirty_submodules(worktree: Path, submodules: Collection[str]) -> tuple[str, ...]:
    """Return the submodules with changes, untracked files, or a commit that differs from the recorded one.

    Each is checked by itself, since git does not find nested ones from one that was moved.

    Args:
        worktree: The worktree.
        submodules: Its submodules, and theirs.

    Raises:
        CommandError: git failed.
    """
    if not submodules:
        return ()
    listed = git(worktree, "diff-files", "-z", "--raw", NOT_INSIDE)
    rows = fields(listed.out)
    moved = {path for meta, path in zip(rows[::2], rows[1::2], strict=True) if meta.startswith(_GITLINK)}
    argv = (*STATUS_ARGV, NOT_INSIDE)
    return tuple(
        path
        for path in submodules
        if path in moved
        or git(worktree / path, *argv, extra=nested_repositories.place_of(worktree / path)).out
        or _has_unnoticed(worktree / path)
    )


def _has_unnoticed(submodule: Path) -> bool:
    """Return whether a submodule has work that `git status` does not show."""
    found = edited_files.edits(submodule)
    return bool(found.changed or nested_repositories.without_repository(submodule, found.index))
