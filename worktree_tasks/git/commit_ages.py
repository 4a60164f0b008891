"""When commits were made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..printable import lines_of
from .program import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, MutableMapping

    from .repository import Repository

__all__ = ["commit_times"]


def commit_times(
    repo: Repository, commits: Iterable[str], known: MutableMapping[str, int] | None = None
) -> Mapping[str, int]:
    """Return the times of commits, in seconds since the epoch, with one process for all of them.

    Args:
        repo: The repository.
        commits: Full commit ids.
        known: Cached times; read and added to.

    Returns:
        Commit to time; nothing if git failed, since times are only shown.
    """
    known = {} if known is None else known
    distinct = tuple(one for one in dict.fromkeys(commits) if one not in known)
    if not distinct:
        return known
    argv = ("log", "--no-walk=unsorted", "--no-show-signature", "--format=%H %ct", "--stdin")
    asked = git(repo.main, *argv, stdin="".join(f"{commit}\n" for commit in distinct), check=False)
    rows = (line.split() for line in lines_of(asked.out)) if asked.code == 0 else ()
    known.update({commit: int(seconds) for commit, seconds in rows})
    return known
