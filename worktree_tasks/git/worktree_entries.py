"""The worktrees that git lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..command import CommandError
from ..quick_dataclasses import dataclass, replace
from .program import alone, git

if TYPE_CHECKING:
    from .repository import Repository

__all__ = ["Entry", "find_worktree", "parse_worktrees", "worktrees"]

_UNKNOWN_OPTION = 129
# While a worktree's containers have git's directory, it is locked with a reason that begins like this.
_OURS = "worktree-tasks"


@dataclass(slots=True, frozen=True)
class Entry:
    """One entry of `git worktree list`; the main checkout is the first.

    Attributes:
        path: Its directory, which may be missing (see `prunable`).
        head: The commit that is checked out; None before the first commit and for a bare repository.
        branch: The short name of its branch; None if detached or bare.
        bare: Whether this is the bare repository itself.
        detached: Whether HEAD is detached, as during a rebase.
        locked: The reason it is locked, "" if none was given; None if it is not locked.
        prunable: Why git would prune it, such as a missing directory; None if it is intact.
    """

    path: Path
    head: str | None
    branch: str | None
    bare: bool
    detached: bool
    locked: str | None
    prunable: str | None

    @property
    def held(self) -> str | None:
        """Why it is locked, unless by us; "" if no reason was given; None if it is not."""
        return None if self.locked and self.locked.startswith(_OURS) else self.locked


def parse_worktrees(text: str) -> tuple[Entry, ...]:
    """Parse the output of `git worktree list --porcelain -z`."""
    return tuple(_parse_entry(entry) for entry in text.split("\0\0") if entry.strip("\0"))


def _parse_entry(entry: str) -> Entry:
    pairs = (line.partition(" ") for line in entry.split("\0") if line)
    values = {key: value for key, _, value in pairs}
    head = values.get("HEAD", "")
    branch = values.get("branch")
    return Entry(
        path=Path(values["worktree"]),
        head=head if head.strip("0") else None,
        branch=branch.removeprefix("refs/heads/") if branch is not None else None,
        bare="bare" in values,
        detached="detached" in values,
        locked=values.get("locked"),
        prunable=values.get("prunable"),
    )


def worktrees(repo: Repository) -> tuple[Entry, ...]:
    """List all worktrees, the main checkout (or the bare repository) first.

    Raises:
        Failure: git could not read them.
    """
    asked = _list(repo, check=False)
    if asked is None:
        # git fails on an entry that another process is creating; our commands create theirs under this lock.
        with alone(repo.common_dir):
            asked = _list(repo, check=True)
    trees = parse_worktrees(asked or "")
    if trees and not trees[0].bare and not repo.bare and trees[0].path != repo.main:
        # git lists the git directory's parent, even if `core.worktree` differs.
        trees = (replace(trees[0], path=repo.main), *trees[1:])
    return trees


def _list(repo: Repository, *, check: bool) -> str | None:
    argv = ("worktree", "list", "--porcelain")
    done = git(repo.main, *argv, "-z", check=False)
    if done.code == _UNKNOWN_OPTION:  # git < 2.36
        done = git(repo.main, *argv, check=False)
        done = replace(done, out=done.out.replace("\n", "\0"))
    if done.code == 0:
        return done.out
    if check:
        raise CommandError(done, "git worktree repair may fix it")
    return None


def find_worktree(repo: Repository, path: Path) -> Entry | None:
    """Return git's entry for a directory, whichever symbolic links lead to it."""
    real = path.resolve()
    return next((tree for tree in worktrees(repo) if tree.path.resolve() == real), None)
