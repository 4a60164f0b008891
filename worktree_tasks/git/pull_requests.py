"""Pull and merge requests, fetched with plain git: without a token, and without the host's own program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import BadUse
from ..printable import lines_of
from ..quick_dataclasses import dataclass
from .fetching import ask_remote, fetch
from .program import git
from .references import commit_of

if TYPE_CHECKING:
    from .repository import Repository

__all__ = ["PullRequest", "fetch_pull_request", "main_remote"]

# GitHub, Gitea and Forgejo; GitLab: https://docs.gitlab.com/user/project/merge_requests/versions/
_HEADS = ("refs/pull/{number}/head", "refs/merge-requests/{number}/head")


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A fetched pull request: its number, its remote and its last commit."""

    number: int
    remote: str
    commit: str


def main_remote(repo: Repository) -> str | None:
    """Return the project's main remote: `upstream` for a fork, `origin`, or the only one."""
    names = lines_of(git(repo.main, "remote", check=False).out)
    for name in ("upstream", "origin"):
        if name in names:
            return name
    return names[0] if len(names) == 1 else None


def fetch_pull_request(repo: Repository, number: int, *, seconds: float) -> PullRequest:
    """Fetch a pull request, and store it as the remote branch `pull/REMOTE/NUMBER`.

    Args:
        repo: The repository.
        number: Its number.
        seconds: When to give up on the remote.

    Raises:
        BadUse: There is no such pull request, or no remote.
        Failure: The remote did not answer.
    """
    remote = main_remote(repo)
    if remote is None:
        raise BadUse(
            f"pull request {number}: no remote is named origin, and there is no single other one",
            "git remote add origin URL; git remote -v lists them",
            kind="no-pull-request",
        )
    names = [name.format(number=number) for name in _HEADS]
    known = ask_remote(repo, remote, names, seconds=seconds)
    head = next((name for name in names if name in known), None)
    if head is None:
        raise BadUse(
            f"{remote} has no pull request {number}",
            f"git ls-remote {remote} 'refs/pull/*/head' lists them; for GitLab 'refs/merge-requests/*/head'",
            kind="no-pull-request",
        )
    place = f"refs/remotes/pull/{remote}/{number}"
    fetch(repo, remote=remote, refspecs=[f"+{head}:{place}"], seconds=seconds)
    commit = commit_of(repo, place)
    assert commit is not None  # noqa: S101 - it was fetched a moment ago
    return PullRequest(number, remote, commit)
