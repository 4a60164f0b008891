"""When commits were made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..printable import lines_of
from .program import git

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .repository import Repository

__all__ = ["commit_times"]


def commit_times(repo: Repository, commits: Iterable[str]) -> dict[str, int]:
    """Return when commits were made, in seconds since the epoch, in one process for all of them.

    Args:
        repo: The repository.
        commits: Full commit ids.

    Returns:
        Commit to time; nothing when git could not tell, as a time is only shown.
    """
    distinct = tuple(dict.fromkeys(commits))
    if not distinct:
        return {}
    argv = ("log", "--no-walk=unsorted", "--no-show-signature", "--format=%H %ct", "--stdin")
    asked = git(repo.main, *argv, stdin="".join(f"{commit}\n" for commit in distinct), check=False)
    rows = (line.split() for line in lines_of(asked.out)) if asked.code == 0 else ()
    return {commit: int(seconds) for commit, seconds in rows}
