"""Commits that only the submodules of one worktree have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..lazy_modules import later
from ..printable import lines_of
from ..quick_dataclasses import dataclass
from .program import git

if TYPE_CHECKING:
    from . import unreachable_commits
else:
    # Most worktrees have no submodules.
    (unreachable_commits,) = later(__package__, ".unreachable_commits")

__all__ = ["LoneCommits", "lone_commits", "submodules_with_lone_commits"]


@dataclass(frozen=True, slots=True)
class LoneCommits:
    """The commits that only one submodule of a worktree has.

    Attributes:
        path: The submodule's path in the worktree, or its name if it is not checked out.
        clone: Its git directory.
        commits: Their ids, latest first.
    """

    path: str
    clone: Path
    commits: tuple[str, ...]


def lone_commits(common_dir: Path, admin: Path) -> int | None:
    """Count the commits of a linked worktree's submodules that would be lost with it.

    They are in its own git directory, on no remote branch, and not in the main checkout's clone either.
    Those that `git reset` or `git submodule update` moved away from do not count.

    Args:
        common_dir: The git directory that all worktrees share.
        admin: Git's directory of the worktree.

    Returns:
        The count; None if the worktree has no populated submodule.

    Raises:
        Failure: git failed.
    """
    clones = _clones(admin)
    return sum(len(_only_in(common_dir, admin, one, dropped=False)) for one in clones) if clones else None


def submodules_with_lone_commits(common_dir: Path, admin: Path, worktree: Path) -> tuple[LoneCommits, ...]:
    """Return the submodules with commits that would be lost, those included that were moved away from.

    Args:
        common_dir: The git directory that all worktrees share.
        admin: Git's directory of the worktree.
        worktree: The worktree's own directory, which may be gone.

    Raises:
        Failure: git failed.
    """
    found = ((clone, _only_in(common_dir, admin, clone, dropped=True)) for clone in _clones(admin))
    return tuple(
        LoneCommits(_path_of(clone, admin, worktree), clone, commits) for clone, commits in found if commits
    )


def _clones(admin: Path) -> tuple[Path, ...]:
    """Return the git directories of a linked worktree's submodules."""
    modules = admin / "modules"
    if not (admin / "commondir").exists() or not modules.is_dir():
        return ()
    return tuple(sorted(head.parent for head in modules.rglob("HEAD") if (head.parent / "objects").is_dir()))


def _path_of(clone: Path, admin: Path, worktree: Path) -> str:
    asked = git(admin, "config", "--file", str(clone / "config"), "-z", "core.worktree", check=False)
    place = Path(os.path.normpath(clone.resolve() / asked.out.removesuffix("\0")))
    root = worktree.parent.resolve() / worktree.name
    known = asked.out and place.is_relative_to(root)
    return str(place.relative_to(root) if known else clone.relative_to(admin / "modules"))


def _only_in(common_dir: Path, admin: Path, clone: Path, *, dropped: bool) -> tuple[str, ...]:
    counterpart = common_dir / "modules" / clone.relative_to(admin / "modules")
    # Its configuration names a checkout, which may have moved since.
    place = {"GIT_DIR": str(clone), "GIT_WORK_TREE": str(clone)}
    tips = unreachable_commits.dropped_in(clone, place) if dropped else ()
    listed = git(
        clone, "rev-list", "--ignore-missing", "--all", "HEAD", *tips, "--not", "--remotes", extra=place
    ).out
    if not listed or not counterpart.is_dir():
        return tuple(lines_of(listed))
    asked = git(counterpart, "--git-dir=.", "cat-file", "--batch-check", stdin=listed).out
    lost = " missing"
    return tuple(line.removesuffix(lost) for line in lines_of(asked) if line.endswith(lost))
