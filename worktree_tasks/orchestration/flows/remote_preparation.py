"""Prepare a task on another machine: set it up if needed, push branches to it, and forward ports from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...machine.laptop_key import laptop_key
from ...quick_dataclasses import replace
from ...store import KnownHost, state_directory
from ..hosts.port_forwards import close_forwards, forward_ahead, known_worktree, update_forwards
from ..hosts.remote_calls import far_project
from ..hosts.remote_pushes import push_source, unpushed
from ..hosts.remote_submodules import tell_empty_submodules
from ..steps.machine_access import seen_source
from ..steps.remote_refresh import refresh
from ..steps.worktree_creation import plan_source
from .host_init import host_init

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ...configuration.hosts import Host
    from ..hosts.remote_calls import Far
    from ..steps.project import Project
    from .host_init import Prepared

__all__ = ["bring_branch", "far", "forward_after", "forward_before_start", "prepare", "tell_unpushed"]

_STARTING = ("new", "start", "restart")
# Those that start an existing stack, whose ports may already be forwarded to numbers here.
_STARTING_AGAIN = ("start", "restart")


def far(
    project: Project,
    host: Host,
    caller_fields: Mapping[str, Any],
    name: str | None,
    agree: Callable[[], None],
) -> Far:
    """Return a project on a machine; set the machine up if it never was.

    Args:
        project: The project here.
        host: The machine.
        caller_fields: `dialect` and `settings` of `Caller`, which are passed to tasks there.
        name: The worktree that the task is for.
        agree: Asks whether to set the machine up, and raises if the answer is no.

    Raises:
        HostUnavailable: It cannot be reached.
        BadUse: The user did not agree to the set-up.
        Failure: It cannot be set up.
    """
    known = project.store.host(project.known(), host.name)
    if known is None:
        agree()
        known = KnownHost(host.name, prepare(project, host, caller_fields).path)
    return far_project(project, known, host=host, caller_fields=caller_fields, name=name)


def prepare(project: Project, host: Host, caller_fields: Mapping[str, Any]) -> Prepared:
    """Set a machine up for the project, and start main's shared services there.

    Raises:
        HostUnavailable: It cannot be reached.
        Failure: A requirement is missing there, there is not enough space, or a service did not start.
        BadUse: Something else is where the main checkout belongs.
        Refused: The main checkout there was changed.
    """
    prepared = host_init(project, host, laptop_key(state_directory()))
    there = far_project(project, KnownHost(host.name, prepared.path), host=host, caller_fields=caller_fields)
    there.document(["ensure-main"], project.progress)
    return prepared


def bring_branch(
    project: Project,
    there: Far,
    branch: str,
    *,
    base: str | None,
    fetch: bool,
    number: int | None,
    trust: bool,
    ask: Callable[[Sequence[str]], bool],
) -> str | None:
    """Push what a new worktree on a machine starts from; return the base to name there.

    Args:
        project: The project.
        there: The project on the machine.
        branch: The worktree's branch.
        base: The base that the user named.
        fetch: Whether to fetch from the remote first.
        number: A pull request's number.
        trust: Whether the user has approved what a branch from elsewhere asks of the machine.
        ask: Shows lines and returns whether to continue.

    Raises:
        BadUse: The branch, the base or the pull request cannot be used.
        Refused: The branch there has other commits; or it is from elsewhere and asks for more access than
            main does.
        Failure: It cannot be pushed.
    """
    fetched = refresh(project, branch, fetch=fetch, number=number)
    source = seen_source(project, branch, base, fetched, trust=trust, ask=ask)
    tell_empty_submodules(project, there)
    return push_source(project, there.line, source or plan_source(project, branch, base, fetched), base)


def tell_unpushed(project: Project, there: Far, branch: str, base: str | None) -> None:
    """Tell what a plan on a machine cannot take into account, since only `new` pushes it there.

    Raises:
        BadUse: The branch or the base cannot be used.
    """
    lacking = unpushed(project, there.line, plan_source(project, branch, base), base)
    if lacking:
        name, commit = lacking
        project.progress.note(
            f"{name or 'the base'} ({commit[:7]}) is not on {there.host.name} yet: wt.new pushes it there "
            "first, and this plan is without it"
        )


def forward_before_start(project: Project, there: Far, task: str, name: str) -> None:
    """Forward the ports of a worktree before a task starts its stack, and pass their numbers to that task.

    Args:
        project: The project.
        there: The project on the machine.
        task: The task that is to run there.
        name: The worktree that it is for.

    Raises:
        HostUnavailable: The machine cannot be reached.
        Failure: There is no free port here.
    """
    if task in _STARTING_AGAIN:
        there.caller = replace(there.caller, ports=forward_ahead(project, there.host, name))


def forward_after(project: Project, host: Host, task: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Update the forwards of a worktree after a task; return the task's document with the ports here.

    Args:
        project: The project.
        host: The machine.
        task: The task that ran there.
        document: The document that it returned.
    """
    if task in _STARTING:
        return update_forwards(project, host, document)
    if task == "add_worktree" and known_worktree(project, host, document["name"]) is None:
        update_forwards(project, host, document)
    elif task == "stop":
        close_forwards(project, host, document["name"])
    elif task == "remove":
        close_forwards(project, host, document["name"], gone=True)
    elif task == "clean":
        for row in document["worktrees"]:
            if row["removed"]:
                close_forwards(project, host, row["name"], gone=True)
    return dict(document)
