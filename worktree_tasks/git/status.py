"""The changes in a checkout, and the git operation in progress there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..command import CommandError
from ..lazy_modules import later
from ..quick_dataclasses import dataclass
from .git_directories import git_directory
from .program import git

if TYPE_CHECKING:
    from collections.abc import Collection

    from . import gitlinks
else:
    # Few checkouts have submodules.
    (gitlinks,) = later(__package__, ".gitlinks")

__all__ = [
    "BY_CASE",
    "NOT_INSIDE",
    "STATUS_ARGV",
    "Status",
    "operation_in",
    "operation_of",
    "parse_status",
    "parse_statuses",
    "status",
    "statuses",
]

# If case is ignored, git mistakes a new file for a tracked one that differs in case.
BY_CASE = ("-c", "core.ignoreCase=false")
# Each option is given because a user's configuration could differ and hide work. A directory of untracked
# files counts as one, as in `git status`, since looking into each would be slow.
NOT_INSIDE = "--ignore-submodules=dirty"
STATUS_ARGV = (
    *BY_CASE, "status", "--porcelain=v1", "-z", "--untracked-files=normal", "--ignore-submodules=none",
)  # fmt: skip

# What begins the status of the next checkout; no path has this code. Counting commits would take time.
_HEAD = "##"
_WITH_HEAD = ("--branch", "--no-ahead-behind")
_PLACES = "worktree-tasks.checkout"

_MARKS = (
    ("rebase-merge", "rebase"),
    ("rebase-apply/applying", "am"),
    ("rebase-apply", "rebase"),
    ("MERGE_HEAD", "merge"),
    ("CHERRY_PICK_HEAD", "cherry-pick"),
    ("REVERT_HEAD", "revert"),
    ("BISECT_LOG", "bisect"),
)


@dataclass(slots=True, frozen=True)
class Status:
    """Paths of one checkout, each once.

    Attributes:
        modified: Tracked paths with staged, unstaged or conflicting changes; submodules with any change.
        untracked: Paths that git neither tracks nor ignores; directories end with "/".
    """

    modified: tuple[str, ...]
    untracked: tuple[str, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths, tracked ones first."""
        return (*self.modified, *self.untracked)


def parse_status(text: str) -> Status:
    """Parse `git status --porcelain=v1 -z`."""
    return parse_statuses(f"{_HEAD}\0{text}")[0]


def parse_statuses(text: str) -> list[Status]:
    """Parse the output of several `git status --porcelain=v1 -z --branch`, one after the other."""
    found: list[tuple[list[str], list[str]]] = []
    entries = iter(text.split("\0"))
    for entry in entries:
        code, path = entry[:2], entry[3:]
        if code == _HEAD:
            found.append(([], []))
        elif not found:  # such as a trace
            continue
        elif code == "??":
            found[-1][1].append(path)
        elif code and code != "!!":
            found[-1][0].append(path)
        if "R" in code or "C" in code:
            next(entries, None)  # the path it had before
    return [Status(tuple(modified), tuple(untracked)) for modified, untracked in found]


def status(checkout: Path, *, inside: bool = True) -> Status:
    """Read the changes in a checkout.

    Args:
        checkout: The checkout.
        inside: Whether to look into submodules too, which git does not find in a worktree that was moved.
            Other nested repositories are not looked into.

    Raises:
        CommandError: git failed.
    """
    wide = inside and _may_have_submodules(checkout) and gitlinks.only_submodules(checkout)
    return parse_status(git(checkout, *STATUS_ARGV, *(() if wide else (NOT_INSIDE,))).out)


def statuses(checkouts: Collection[Path]) -> dict[Path, Status]:
    """Read the changes in several checkouts, as `status` does in one.

    We start one process for those without submodules. It runs git in each, which takes less time than if we
    did: https://git-scm.com/docs/git-for-each-repo

    Raises:
        CommandError: git failed in one of them.
    """
    plain = [path for path in checkouts if not _may_have_submodules(path)]
    together = plain if len(plain) > 1 else []
    found = {path: status(path) for path in checkouts if path not in together}
    if together:
        places = (word for path in together for word in ("-c", f"{_PLACES}={path}"))
        argv = ("for-each-repo", f"--config={_PLACES}", "--", *STATUS_ARGV, NOT_INSIDE, *_WITH_HEAD)
        # From a linked worktree, git would pass that one's git directory on to the others.
        done = git(Path("/"), *places, *argv)
        # What a configuration file names there comes first.
        read = parse_statuses(done.out)[-len(together) :]
        if len(read) < len(together):
            raise CommandError(done)
        found.update(zip(together, read, strict=True))
    return found


def _may_have_submodules(checkout: Path) -> bool:
    return (checkout / ".gitmodules").is_file()


def operation_in(checkout: Path) -> str | None:
    """Return the operation in progress: rebase, am, merge, cherry-pick, revert, bisect, or None."""
    return operation_of(git_directory(checkout))


def operation_of(admin: Path) -> str | None:
    """Return the same, given git's directory of the checkout."""
    try:
        there = frozenset(os.listdir(admin))  # noqa: PTH208 - a list asks for each worktree, and names do
    except OSError:
        return None
    for name, operation in _MARKS:
        if name.partition("/")[0] in there and (admin / name).exists():
            return operation
    if "sequencer" not in there:
        return None
    try:
        # Between two commits of a series, no *_HEAD file exists.
        todo = (admin / "sequencer" / "todo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return "revert" if todo.startswith("revert") else "cherry-pick"
