"""The worktree's containers: brought up until they answer, stopped, taken down."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from .... import interruption
from ....command import CommandError
from ....configuration.compose.override import external_networks
from ....configuration.compose.services import own
from ....engine import compose
from ....engine.failures import NetworkGone
from ....errors import Failure
from ....machine import probe
from ....parallel import each
from ....printable import lines_of
from . import images

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ....configuration.compose.containers import Container
    from ....configuration.compose.override import Stack
    from ....configuration.ports import Port
    from ....store import Record
    from ...steps.project import Project
    from ...steps.tree import Tree

__all__ = ["compose_down", "compose_up", "refuse_taken_ports", "stop_containers"]

_POLL_SECONDS = 0.05
_LINES = 10
# So long may an engine take from a port that is bound to a container that runs.
_STARTING_SECONDS = 3.0
_REPLACING = re.compile(r"[0-9a-f]{12}_")
_A_PROGRAM = "another program's"
# Development servers under `sh -c` ignore the signal; what goes away for good is not waited for longer.
_REMOVAL_SECONDS = 2
# Ports on which servers speak first, or not at all to an HTTP request.
_NOT_HTTP = frozenset({22, 25, 1025, 1433, 3306, 5432, 5672, 6379, 9092, 11211, 27017})


def compose_up(tree: Tree, stack: Stack, *, build: bool = False) -> tuple[Container, ...]:
    """Bring the worktree's own services up and wait until they answer.

    Args:
        tree: The worktree.
        stack: Its stack.
        build: Whether images are built although there are some; only this worktree's tags change.

    Raises:
        Failure: A service exits, stays unhealthy or does not answer within `wt.wait` seconds; the worktree
            and its containers stay, to be looked at.
    """
    with tree.project.progress.step("containers") as say:
        started = time.monotonic()
        refuse_taken_ports(tree.project, stack)
        model = tree.model
        names = [service.name for service in own(stack.services) if service.started]
        needed = images.needed_images(stack, model, names)
        unbuilt = (
            needed
            if build
            else [name for name in images.tag_built(tree.project, stack, model) if name in needed]
        )
        if unbuilt:
            _build(tree, stack, unbuilt)
        if names:
            _up(tree, stack, names)
        images.learn_builds(tree.project, stack, model, unbuilt)
        found = _wait(tree, stack, names)
        say(f"{', '.join(names) or 'none of its own'}: answering after {time.monotonic() - started:.1f} s")
        return found


def refuse_taken_ports(project: Project, stack: Stack) -> None:
    """Make sure that nobody took the stack's ports while it was down.

    Raises:
        Failure: Somebody did; it names the holder.
    """
    deadline = time.monotonic() + _STARTING_SECONDS
    while taken := _taken_port(project, stack):
        port, container = taken
        holder = project.engine.port_holders(except_project=stack.compose_project).get(
            (int(port.published or 0), port.protocol)
        )
        # The engine may be starting what a killed command asked it to start.
        if container is None or holder or time.monotonic() > deadline:
            raise Failure(
                f"port {port.published}, which {port.service} has here, is {holder or _A_PROGRAM}",
                f"stop that, then wt.start {stack.name}; `ss -ltnp` shows programs and their ports",
            )
        interruption.pause(_POLL_SECONDS)


def _taken_port(project: Project, stack: Stack) -> tuple[Port, Container | None] | None:
    """Return a port that somebody has whose service does not run, and the container of that service."""
    found = {one.service: one for one in project.engine.containers(project=stack.compose_project)}
    for port in stack.ports:
        container = found.get(port.service)
        if port.published is None or (container and container.state == "running"):
            continue
        if probe.bound(port.published, port.protocol, port.host_ip or stack.bind):
            return port, container
    return None


def _build(tree: Tree, stack: Stack, names: Sequence[str]) -> None:
    tree.project.progress.note(f"building the image of {', '.join(names)} for this worktree")
    # One that a started service uses may be built by a service of a profile that is not active.
    call = tree.project.invocation(
        tree.record.path, project=stack.compose_project, override=True, profiles=("*",)
    )
    try:
        compose.run(call, "build", services=names, echo=tree.project.echo)
    except CommandError as error:
        lines = _said(tree.project, error)
        raise Failure(
            f"the image of {', '.join(names)} cannot be built: {lines[-1].strip() if lines else error.what}",
            _go_on(tree.record),
            lines[-_LINES:-1],
        ) from error


def _up(tree: Tree, stack: Stack, names: list[str]) -> None:
    call = tree.project.invocation(
        tree.record.path, project=stack.compose_project, override=True, profiles=tree.project.profiles
    )
    joins = _external(tree.model, names)
    if joins:
        compose.run(call, "up", "--no-start", "--no-deps", services=names, echo=tree.project.echo)
        _join(tree.project, stack, joins)
    try:
        _drop_half_replaced(tree)
        try:
            compose.run(call, "up", "--detach", services=names, echo=tree.project.echo)
        except CommandError:
            # The engine may only now have made what a killed command asked for.
            if not _drop_half_replaced(tree):
                raise
            compose.run(call, "up", "--detach", services=names, echo=tree.project.echo)
    except NetworkGone:
        # The network was made anew under the same name; the old containers know the old one's id.
        compose.run(call, "up", "--detach", "--force-recreate", services=names, echo=tree.project.echo)
    except CommandError as error:
        raise _explained(tree.project, error, tree.record) from error


def _drop_half_replaced(tree: Tree) -> bool:
    """Remove containers that were to take the place of others when Compose was killed; it trips over them.

    They are called like those, with a part of their id in front, until those are gone.
    """
    found = {one.name: one for one in tree.containers()}
    halves = [one for name, one in found.items() if _REPLACING.match(name) and name[13:] in found]
    each(lambda one: tree.project.engine.remove_container(one.id), halves)
    return bool(halves)


def _explained(project: Project, error: CommandError, record: Record) -> Failure:
    lines = _said(project, error)
    return Failure(f"the stack does not start: {lines[-1].strip() if lines else error.what}", _go_on(record))


def _said(project: Project, error: CommandError) -> list[str]:
    """Return the lines that Compose said, without secrets."""
    return [line.rstrip() for line in lines_of(project.masked(error.result.err)) if line.strip()]


def _external(model: Mapping[str, Any], names: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the external networks that services join; they are kept out of the override."""
    found = {name: external_networks(model["services"][name], model) for name in names}
    return {name: networks for name, networks in found.items() if networks}


def _join(project: Project, stack: Stack, joins: dict[str, tuple[str, ...]]) -> None:
    """Join external networks under `<service>-<slug>`; compose would add the plain name, which is main's."""
    for one in project.engine.containers(project=stack.compose_project):
        for network in joins.get(one.service, ()):
            if network not in one.networks:
                project.engine.connect(one.id, network, [f"{one.service}-{stack.name}"])


def _wait(tree: Tree, stack: Stack, names: list[str]) -> tuple[Container, ...]:
    deadline = time.monotonic() + tree.project.settings.wait
    web = [port for port in stack.ports if port.service in names and _speaks_http(port)]
    silent = set(web)
    while True:
        found = tree.project.engine.containers(project=stack.compose_project)
        by_service = {one.service: one for one in found}
        for one in found:
            _refuse_dead(tree, one)
        answered = each(lambda port: probe.answers(int(port.published or 0), host=tree.record.host), silent)
        silent -= {port for port, answer in zip(tuple(silent), answered, strict=True) if answer}
        waiting = [name for name in names if not _settled(by_service.get(name))]
        if not silent and not waiting:
            return found
        if time.monotonic() > deadline:
            raise _late(tree, by_service, waiting, silent)
        interruption.pause(_POLL_SECONDS)


def _speaks_http(port: Port) -> bool:
    return port.published is not None and port.protocol == "tcp" and port.target not in _NOT_HTTP


def _settled(container: Container | None) -> bool:
    if container is None:
        return False
    return container.finished or (container.state == "running" and container.health in (None, "healthy"))


def _refuse_dead(tree: Tree, container: Container) -> None:
    dead = container.state in ("exited", "dead") and not container.finished
    if dead or container.state == "restarting":
        lines = tree.project.engine.last_lines(container.id)
        raise Failure(
            f"{container.service} exited with code {container.exit_code}{_heard(lines)}"
            if dead
            else f"{container.service} starts again and again{_heard(lines)}",
            _go_on(tree.record),
            lines,
        )


def _late(tree: Tree, by_service: dict[str, Container], waiting: list[str], silent: set[Port]) -> Failure:
    if waiting:
        container = by_service.get(waiting[0])
        state = f"{container.state}, {container.health or 'no health check'}" if container else "not there"
        what = f"{waiting[0]} is not ready ({state})"
    else:
        port = min(silent, key=lambda one: one.published or 0)
        container = by_service.get(port.service)
        what = f"{port.service} does not answer on port {port.published}"
    lines = tree.project.engine.last_lines(container.id) if container else []
    return Failure(
        f"{what} after {tree.project.settings.wait:g} s{_heard(lines)}", _go_on(tree.record), lines
    )


def _heard(lines: list[str]) -> str:
    return "; its last lines:" if lines else "; it said nothing"


def _go_on(record: Record) -> str:
    return f"the worktree is kept in {record.path}; mend it there, then wt.start {record.name}"


def stop_containers(tree: Tree, seconds: int | None = None) -> int:
    """Stop the worktree's containers and return how many ran.

    Args:
        tree: The worktree.
        seconds: How long each has to end by itself; as long as it asks for by default.
    """
    running = [one for one in tree.containers() if one.state in ("running", "restarting", "paused")]
    each(lambda one: tree.project.engine.stop(one.id, seconds), running)
    return len(running)


def compose_down(tree: Tree, *, volumes: bool = True) -> None:
    """Remove the worktree's containers, and the volumes and image tags that its stack made.

    They are found by our label and the compose project that is recorded, never by a name.
    """
    with tree.project.progress.step("containers") as say:
        found = tree.containers()
        # Those of `volumes_from` belong to another service, which may be main's.
        apart = [
            one for one in found if not tree.project.engine.inspect(one.id)["HostConfig"].get("VolumesFrom")
        ]
        anonymous = {name for one in apart for name in one.anonymous_volumes}
        stop_containers(tree, _REMOVAL_SECONDS)
        each(lambda one: tree.project.engine.remove_container(one.id), found)
        for name in anonymous:
            tree.project.engine.remove_volume(name)
        gone = tree.volumes() if volumes else ()
        for name in gone:
            tree.project.engine.remove_volume(name)
        images.untag_built(tree, {one.service for one in found})
        say(f"{len(found)} removed" + (f", with volumes {', '.join(gone)}" if gone else ""))
