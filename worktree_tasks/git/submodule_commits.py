"""Commits that only the submodules of one worktree have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_modules import later
from ..printable import lines_of
from .program import git

if TYPE_CHECKING:
    from pathlib import Path

    from . import unreachable_commits
else:
    # Most worktrees have no submodules.
    (unreachable_commits,) = later(__package__, ".unreachable_commits")

__all__ = ["lone_commits"]


def lone_commits(common_dir: Path, admin: Path, *, dropped: bool = False) -> int | None:
    """Count the commits of a linked worktree's submodules that would be lost with it.

    They are in its own git directory, on no remote branch, and not in the main checkout's clone either.

    Args:
        common_dir: The git directory that all worktrees share.
        admin: Git's directory of the worktree.
        dropped: Whether commits count that `git reset` or `git submodule update` moved away from.

    Returns:
        The count; None if the worktree has no populated submodule.

    Raises:
        Failure: git failed.
    """
    modules = admin / "modules"
    if not (admin / "commondir").exists() or not modules.is_dir():
        return None
    found = [head.parent for head in modules.rglob("HEAD") if (head.parent / "objects").is_dir()]
    if not found:
        return None
    return sum(_only_in(each, common_dir / "modules" / each.relative_to(modules), dropped) for each in found)


def _only_in(clone: Path, counterpart: Path, dropped: bool) -> int:
    # Its configuration names a checkout, which may have moved since.
    place = {"GIT_DIR": str(clone), "GIT_WORK_TREE": str(clone)}
    tips = unreachable_commits.dropped_in(clone, place) if dropped else ()
    listed = git(
        clone, "rev-list", "--ignore-missing", "--all", "HEAD", *tips, "--not", "--remotes", extra=place
    ).out
    if not listed or not counterpart.is_dir():
        return len(lines_of(listed))
    asked = git(counterpart, "--git-dir=.", "cat-file", "--batch-check", stdin=listed).out
    return sum(line.endswith(" missing") for line in lines_of(asked))
