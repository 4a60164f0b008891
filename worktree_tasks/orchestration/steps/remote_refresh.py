"""Fetch from the remote before a worktree is made, in bounded time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import git
from ...errors import BadUse, Failure
from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from ...git import PullRequest
    from .project import Project

__all__ = ["Fetched", "refresh"]

_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched from the remote for a worktree.

    Attributes:
        fresh: Whether all remote branches are up to date.
        pull_request: The pull request to check out, if any.
    """

    fresh: bool = False
    pull_request: PullRequest | None = None


def refresh(project: Project, branch: str, *, fetch: bool, number: int | None) -> Fetched:
    """Fetch what a branch's worktree is made from; for an existing worktree, only a pull request.

    Args:
        project: The project.
        branch: The worktree's branch.
        fetch: Whether the user requested it; otherwise the setting `wt.fetch` decides.
        number: A pull request's number.

    Raises:
        BadUse: There is no such pull request, or no remote.
        Failure: The remote did not answer a request of the user's.
    """
    there = git.places(project.repository)
    made = any(one.branch == branch and one.path in there for one in project.records())
    pull_request = None
    if number is not None:
        try:
            pull_request = _fetch_pull_request(project, number)
        except Failure as error:
            if not made:
                raise
            project.progress.note(f"{error.what}; continuing with the existing worktree")
    return Fetched(not made and _fetch_all(project, requested=fetch), pull_request)


def _fetch_pull_request(project: Project, number: int) -> PullRequest:
    with project.progress.step("fetch") as say:
        project.progress.doing(f"waiting for pull request {number}")
        found = git.fetch_pull_request(project.repository, number, seconds=_SECONDS)
        say(f"pull request {number} of {found.remote} ({found.commit[:7]})")
        return found


def _fetch_all(project: Project, *, requested: bool) -> bool:
    remotes = _remotes(project) if requested or project.settings.fetch else ()
    if not remotes:
        if requested:
            raise BadUse(
                "there is no remote to fetch from",
                "git remote add origin URL, or leave --fetch out",
                kind="fetch-failed",
            )
        return False
    try:
        with project.progress.step("fetch") as say:
            for remote in remotes:
                project.progress.doing(f"waiting for {remote}")
                git.fetch(project.repository, remote=remote, seconds=_SECONDS)
            say(", ".join(remotes))
    except Failure as error:
        if requested:
            raise
        project.progress.note(f"{error.what}; continuing with what is known here (setting wt.fetch)")
        return False
    return True


def _remotes(project: Project) -> tuple[str, ...]:
    """Return the remote that the base tracks, and the project's main remote."""
    upstream = git.upstream_of(project.repository, project.base)
    tracked = git.remote_of(project.repository, upstream) if upstream else None
    return tuple(dict.fromkeys(name for name in (tracked, git.main_remote(project.repository)) if name))
