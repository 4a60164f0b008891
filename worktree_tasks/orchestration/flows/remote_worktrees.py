"""Tasks on another machine: it is set up where it is not, branches go there, and ports come back."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ...machine.laptop_key import laptop_key
from ...store import KnownHost, state_directory
from ..hosts.answers import error_in, relay
from ..hosts.calling import far_project
from ..hosts.checkout import push_source
from ..hosts.forwards import begun, closed, opened
from ..steps.machine_access import seen_source
from ..steps.remote_refresh import refresh
from ..steps.worktree import plan_source
from .host_init import host_init

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ...configuration.hosts import Host
    from ..hosts.calling import Far
    from ..steps.project import Project
    from .host_init import Prepared

__all__ = ["answer_first", "answered_here", "bring_branch", "far", "prepare"]

_STARTING = ("new", "start", "restart", "adopt")
# Those that bring up a stack whose ports may have numbers here.
_AGAIN = ("start", "restart")


def far(
    project: Project, host: Host, told: Mapping[str, Any], name: str | None, agree: Callable[[], None]
) -> Far:
    """Return a project on a machine, which is set up where it never was.

    Args:
        project: The project here.
        host: The machine.
        told: What tasks there are told of this one: `dialect` and `settings` of `Caller`.
        name: The worktree that the task is about.
        agree: Asks whether to set the machine up, and raises where it is not.

    Raises:
        HostUnavailable: It cannot be reached.
        BadUse: Nobody agreed.
        Failure: It cannot be set up.
    """
    recorded = project.known()
    hosts = project.store.hosts(recorded) if recorded else ()
    known = next((one for one in hosts if one.name == host.name), None)
    if known is None:
        agree()
        known = KnownHost(host.name, prepare(project, host, told).path)
    return far_project(project, known, host=host, told=told, name=name)


def prepare(project: Project, host: Host, told: Mapping[str, Any]) -> Prepared:
    """Set a machine up for the project, and start main's shared services there.

    Raises:
        HostUnavailable: It cannot be reached.
        Failure: It lacks something, or has no room; or a service did not start.
        BadUse: Something else has the place of the main checkout.
        Refused: The main checkout there was changed.
    """
    prepared = host_init(project, host, laptop_key(state_directory()))
    there = far_project(project, KnownHost(host.name, prepared.path), host=host, told=told)
    answer = there.ask(["ensure-main"], echo=partial(relay, project.progress))
    if error := error_in(answer.document):
        raise error
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
    """Bring to a machine what a new worktree there starts from; return the base to name there.

    Args:
        project: The project.
        there: The project on the machine.
        branch: The worktree's branch.
        base: What was named as its base.
        fetch: Whether the remote is asked first.
        number: A pull request's number.
        trust: Whether somebody has seen what a branch from elsewhere asks for.
        ask: Shows lines and asks whether to go on.

    Raises:
        BadUse: The branch, the base or the pull request cannot be used.
        Refused: The branch has other work there; or it is from elsewhere and asks for more than main does.
        Failure: It cannot be pushed.
    """
    fetched = refresh(project, branch, fetch=fetch, number=number)
    source = seen_source(project, branch, base, fetched, trust=trust, ask=ask)
    return push_source(project, there.line, source or plan_source(project, branch, base, fetched), base)


def answer_first(project: Project, there: Far, task: str, name: str) -> None:
    """Have the ports of a worktree answered here before a task brings its stack up, which is told of them.

    Args:
        project: The project.
        there: The project on the machine.
        task: What is to run there.
        name: The worktree that it is about.

    Raises:
        HostUnavailable: The machine cannot be reached.
        Failure: There is no free port here.
    """
    if task in _AGAIN:
        there.caller = replace(there.caller, ports=begun(project, there.host, name))


def answered_here(project: Project, host: Host, task: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Have the ports of a worktree answered here as a task left it; return its document with their numbers.

    Args:
        project: The project.
        host: The machine.
        task: What ran there.
        document: What it told.
    """
    if task in _STARTING:
        return opened(project, host, document)
    if task == "stop":
        closed(project, host, document["name"])
    elif task == "remove":
        closed(project, host, document["name"], gone=True)
    elif task == "clean":
        for row in document["worktrees"]:
            if row["removed"]:
                closed(project, host, row["name"], gone=True)
    return dict(document)
