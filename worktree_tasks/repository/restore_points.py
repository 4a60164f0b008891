"""Restore points: all that a worktree held, as git objects under references of ours.

They are made without touching anybody's index, stash, HEAD or reflog, and their references keep them from
`git gc`. A restore point is a commit whose tree holds the bytes of files under numbers, `files.json` that
tells their paths and modes, and whatever the index and git's notes on the worktree name. Files that not
everybody may read, and ignored ones, are in the vault instead.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..configuration.left_out import LeftOut
from ..printable import lines_of
from .program import git
from .vault import tidy_vault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .checkout import Repository

__all__ = ["RestorePoint", "drop_restore_point", "point_at", "restore_points", "same_restore_point"]

_PREFIX = "refs/worktree-tasks/trash/"
_FORMAT = "%(refname)%00%(objectname)%00%(contents:body)%00"


@dataclass(frozen=True, slots=True)
class RestorePoint:
    """What was saved of one worktree.

    Attributes:
        name: By which it is asked for.
        commit: The commit that holds it.
        worktree: The worktree's name.
        created: When it was saved, in seconds since the epoch.
        head: The commit that was checked out; None before the first one.
        branch: The branch that was checked out; None when detached.
        operation: What git was in the middle of.
        files: How many files it holds.
        size: Their bytes.
        vault: By what the vault keeps those of them that not everybody may read; None without any.
        left_out: What it does not hold of what was there.
        notes: What the one who saved it wants back.
    """

    name: str
    commit: str
    worktree: str
    created: float
    head: str | None
    branch: str | None
    operation: str | None
    files: int
    size: int
    vault: str | None = None
    left_out: tuple[LeftOut, ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)


def point_at(repo: Repository, commit: str, name: str, previous: RestorePoint | None) -> str:
    """Let a reference name a commit; another restore point of the same second gets another name."""
    if previous:
        git(repo.main, "update-ref", _PREFIX + name, commit, previous.commit)
        return name
    taken = {one.name for one in restore_points(repo)}
    free = next(
        each for each in (name, *(f"{name}-{count}" for count in range(2, 1000))) if each not in taken
    )
    git(repo.main, "update-ref", _PREFIX + free, commit, "0" * len(commit))
    return free


def restore_points(repo: Repository) -> tuple[RestorePoint, ...]:
    """Return all restore points of a repository, the latest first.

    Raises:
        CommandError: git could not read them.
    """
    listed = git(repo.main, "for-each-ref", f"--format={_FORMAT}", _PREFIX).out
    words = [word.strip("\n") for word in listed.split("\0")]
    rows = zip(words[::3], words[1::3], words[2::3], strict=False)
    parsed = (_parse(name.removeprefix(_PREFIX), commit, body) for name, commit, body in rows)
    found = [one for one in parsed if one is not None]
    return tuple(sorted(found, key=lambda one: one.created, reverse=True))


def drop_restore_point(repo: Repository, point: RestorePoint) -> None:
    """Let a restore point go; git deletes its objects some time later.

    Raises:
        CommandError: It is another one by now.
    """
    git(repo.main, "update-ref", "-d", _PREFIX + point.name, point.commit)
    tidy_vault(repo, frozenset(one.vault for one in restore_points(repo) if one.vault))


def same_restore_point(repo: Repository, one: RestorePoint, other: RestorePoint) -> bool:
    """Return whether two restore points hold the same files, index, notes of git and commits."""
    held = lines_of(git(repo.main, "log", "--no-walk", "--format=%T %P", one.commit, other.commit).out)
    return len(held) == 2 and held[0] == held[1]  # noqa: PLR2004 - one line each


def _parse(name: str, commit: str, body: str) -> RestorePoint | None:
    """Read one; None when somebody else put a reference there."""
    try:
        details = json.loads(body)
        left_out = tuple(LeftOut.read(row) for row in details.pop("left_out"))
        return RestorePoint(name=name, commit=commit, left_out=left_out, **details)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
