"""Branches and commits that are pushed to the main checkout on another machine."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ... import git
from ...configuration.hosts import remote_name
from ...errors import Refused
from ...git import host_remotes
from ...git.references import commit_of, contains

if TYPE_CHECKING:
    from ...configuration.hosts import Host
    from ..steps.project import Project
    from .ssh_connection import Line

__all__ = ["push_branch", "push_source", "unpushed"]


def push_source(project: Project, line: Line, source: git.Source, base: str | None) -> str | None:
    """Push what a new worktree starts from to a machine.

    Args:
        project: The project.
        line: The connection to it.
        source: Where its branch comes from here.
        base: The base that the user named.

    Returns:
        The base to name there; None if it is not needed.

    Raises:
        Refused: The branch there has other commits.
    """
    reference, branch = _pushed(project, source, base)
    push_branch(project, line, reference, branch)
    if not source.new:
        return None
    return base if branch else source.start


def unpushed(project: Project, line: Line, source: git.Source, base: str | None) -> tuple[str, str] | None:
    """Return the branch and commit that `push_source` would push; None if the machine is known to have them.

    The branch is empty if it would be a commit alone.
    """
    reference, branch = _pushed(project, source, base)
    commit = commit_of(project.repository, reference) or reference
    return None if _has(project, line, branch, commit) else (branch, commit)


def _pushed(project: Project, source: git.Source, base: str | None) -> tuple[str, str]:
    """Return the reference here that a new worktree starts from, and the branch there; empty for a commit."""
    if not source.new:
        return source.start, source.branch
    name = base or project.base
    if name in git.references(project.repository).heads:
        return f"refs/heads/{name}", name
    return source.start, ""


def _has(project: Project, line: Line, branch: str, commit: str) -> bool:
    """Return whether a branch of a machine contains a commit, as far as is known here."""
    there = f"refs/remotes/{remote_name(line.host)}/{branch}"
    return bool(branch) and contains(project.repository, there, commit)


def push_branch(project: Project, line: Line, source: str, branch: str) -> None:
    """Push a branch to a machine, unless it already has all commits.

    Args:
        project: The project.
        line: The connection to it.
        source: A reference or a commit here.
        branch: The branch there; empty for a commit alone.

    Raises:
        Refused: The branch there has other commits, or its checkout there was changed.
    """
    repository, remote = project.repository, remote_name(line.host)
    commit = commit_of(repository, source) or source
    there = f"refs/remotes/{remote}/{branch}"
    if _has(project, line, branch, commit):
        return
    with project.progress.step(line.host.name) as say:
        ssh = ("ssh", *line.options)
        with host_remotes.named(repository, commit) as name:
            target = f"refs/heads/{branch}" if branch else f"refs/worktree-tasks/{commit}"
            taken = host_remotes.push(
                repository, remote, [f"{name}:{target}"], ssh=ssh, doing=project.progress.doing
            )
        if not taken:
            host_remotes.fetch_branches(repository, remote, ssh=ssh)
            if contains(repository, there, commit):
                return
            _refuse(line.host, remote, branch, moved=not contains(repository, commit, there))
        say(f"{branch or 'the base'} pushed ({commit[:7]})")


def _refuse(host: Host, remote: str, branch: str, *, moved: bool) -> None:
    if moved:
        raise Refused(
            f"{branch} has diverged: {host.name} has commits that are not here, and vice versa",
            f"git merge {remote}/{branch} merges them here; then run the same command again",
            kind="branch-diverged",
        )
    raise Refused(
        f"the checkout of {branch} on {host.name} was changed, so it cannot be updated",
        f"commit or undo the changes there: ssh {shlex.quote(host.ssh)}",
        kind="checkout-changed",
    )
