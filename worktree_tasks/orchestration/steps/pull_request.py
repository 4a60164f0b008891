"""The local branch for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import git
from ...errors import BadUse

if TYPE_CHECKING:
    from ...git import PullRequest, Source
    from .project import Project

__all__ = ["plan_pull_request"]


def plan_pull_request(project: Project, branch: str, pull_request: PullRequest) -> Source:
    """Return where a pull request's branch comes from: new at its last commit, or existing with its work.

    Raises:
        BadUse: The name cannot be a branch, or is a branch with other work.
    """
    commit = pull_request.commit
    words = f"pull request {pull_request.number} of {pull_request.remote} ({commit[:7]})"
    tip = git.tip_of(project.repository, branch)
    if tip is None:
        git.refuse_beside(project.repository, branch)
        label = f"new branch {branch} from {words}"
        return git.Source(branch, create=True, start=commit, label=label, track=None, published=True)
    if git.branch_contains(project.repository, branch, commit):
        return git.Source(
            branch, create=False, start=tip, label=f"branch {branch}, which contains {words}", track=None
        )
    if git.commit_contains(project.repository, commit, tip):
        label = f"branch {branch}, which is behind {words}"
        return git.Source(branch, create=False, start=tip, label=label, track=None)
    raise BadUse(
        f"branch {branch} exists already and is not pull request {pull_request.number}",
        f"choose another name: wt.new pr-{pull_request.number} --pr {pull_request.number}",
        kind="no-pull-request",
    )
