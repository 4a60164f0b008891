"""All branches at one moment, and what a revision names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import Failure
from ..printable import lines_of
from ..quick_dataclasses import dataclass
from .program import git

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .repository import Repository

__all__ = [
    "References",
    "commit_of",
    "commit_of_base",
    "contains",
    "no_commits",
    "parse_references",
    "references",
]

_FULL_ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FORMAT = "%(refname)%00%(objectname)%00%(symref)%00%(HEAD)%00%(upstream)"


@dataclass(slots=True, frozen=True)
class References:
    """All branches at one moment.

    Attributes:
        heads: Local branch to commit.
        remotes: Remote branch, such as `origin/x`, to commit.
        default: The default branch of origin; None if unknown.
        current: The branch of the checkout that this was read in; None if detached or without commits.
        upstreams: Local branch to its upstream, such as `origin/x`.
    """

    heads: Mapping[str, str]
    remotes: Mapping[str, str]
    default: str | None
    current: str | None
    upstreams: Mapping[str, str]

    def commit(self, branch: str) -> str | None:
        """Return the tip of a local or remote branch; None if it does not exist."""
        return self.heads.get(branch) or self.remotes.get(branch)


def parse_references(text: str) -> References:
    """Parse the lines of `for-each-ref` over heads and remotes."""
    heads: dict[str, str] = {}
    remotes: dict[str, str] = {}
    upstreams: dict[str, str] = {}
    default = current = None
    for line in lines_of(text):
        name, commit, symbolic, marked, upstream = line.split("\0")
        if name.startswith("refs/heads/"):
            short = name.removeprefix("refs/heads/")
            heads[short] = commit
            current = short if marked == "*" else current
            if upstream:
                upstreams[short] = upstream.removeprefix("refs/remotes/").removeprefix("refs/heads/")
        elif name == "refs/remotes/origin/HEAD":
            default = symbolic.removeprefix("refs/remotes/origin/") or None
        elif not symbolic:
            remotes[name.removeprefix("refs/remotes/")] = commit
    return References(heads, remotes, default, current, upstreams)


def references(repo: Repository, *names: str) -> References:
    """Read all branches, or only those whose full names are given: there may be thousands."""
    chosen = names or ("refs/heads", "refs/remotes")
    return parse_references(git(repo.main, "for-each-ref", f"--format={_FORMAT}", *chosen).out)


def commit_of(repo: Repository, revision: str) -> str | None:
    """Return the full commit id of a revision; a local branch takes precedence over a tag of that name."""
    if not revision or revision.startswith("-") or "\n" in revision:
        return None
    for name in (f"refs/heads/{revision}", revision):
        asked = git(repo.main, "rev-parse", "--quiet", "--verify", f"{name}^{{commit}}", check=False)
        if asked.code == 0:
            return asked.out.strip()
    return None


def commit_of_base(repo: Repository, base: str) -> str | None:
    """Return the full commit id of a base; git is not run if it already is one."""
    return base if _FULL_ID.fullmatch(base) else commit_of(repo, base)


def contains(repo: Repository, commit: str, other: str) -> bool:
    """Return whether a commit is another one or has it in its history; False if one of them is missing."""
    return git(repo.main, "merge-base", "--is-ancestor", other, commit, check=False).code == 0


def no_commits(repo: Repository) -> Failure:
    """Return the error for a repository without commits."""
    return Failure(
        f"{repo.main} has no commits yet", "commit first: a worktree starts at a commit", kind="no-commits"
    )
