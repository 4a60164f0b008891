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
from ...steps.belongings import own_containers, own_volumes
from . import images
from .override import worktree_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ....configuration.compose.containers import Container
    from ....configuration.compose.override import Stack
    from ....configuration.ports import Port
    from ....store import Record
    from ...steps.project import Site

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


def compose_up(site: Site, record: Record, stack: Stack, *, build: bool = False) -> tuple[Container, ...]:
    """Bring the worktree's own services up and wait until they answer.

    Args:
        site: The project.
        record: The worktree.
        stack: Its stack.
        build: Whether images are built although there are some; only this worktree's tags change.

    Raises:
        Failure: A service exits, stays unhealthy or does not answer within `wt.wait` seconds; the worktree
            and its containers stay, to be looked at.
    """
    with site.progress.step("containers") as say:
        started = time.monotonic()
        refuse_taken_ports(site, stack)
        model = worktree_model(site, record)
        names = [service.name for service in own(stack.services) if service.started]
        needed = images.needed_images(stack, model, names)
        unbuilt = (
            needed if build else [name for name in images.tag_built(site, stack, model) if name in needed]
        )
        if unbuilt:
            _build(site, record, stack, unbuilt)
        if names:
            _up(site, record, stack, names)
        images.learn_builds(site, stack, model, unbuilt)
        found = _wait(site, record, stack, names)
        say(f"{', '.join(names) or 'none of its own'}: answering after {time.monotonic() - started:.1f} s")
        return found


def refuse_taken_ports(site: Site, stack: Stack) -> None:
    """Make sure that nobody took the stack's ports while it was down.

    Raises:
        Failure: Somebody did; it names the holder.
    """
    deadline = time.monotonic() + _STARTING_SECONDS
    while taken := _taken_port(site, stack):
        port, container = taken
        holder = site.engine.port_holders(except_project=stack.compose_project).get(
            (int(port.published or 0), port.protocol)
        )
        # The engine may be starting what a killed command asked it to start.
        if container is None or holder or time.monotonic() > deadline:
            raise Failure(
                f"port {port.published}, which {port.service} has here, is {holder or _A_PROGRAM}",
                f"stop that, then wt.start {stack.name}; `ss -ltnp` shows programs and their ports",
            )
        interruption.pause(_POLL_SECONDS)


def _taken_port(site: Site, stack: Stack) -> tuple[Port, Container | None] | None:
    """Return a port that somebody has whose service does not run, and the container of that service."""
    found = {one.service: one for one in site.engine.containers(project=stack.compose_project)}
    for port in stack.ports:
        container = found.get(port.service)
        if port.published is None or (container and container.state == "running"):
            continue
        if probe.bound(port.published, port.protocol, port.host_ip or stack.bind):
            return port, container
    return None


def _build(site: Site, record: Record, stack: Stack, names: Sequence[str]) -> None:
    site.progress.note(f"building the image of {', '.join(names)} for this worktree")
    # One that a started service uses may be built by a service of a profile that is not active.
    call = site.invocation(record.path, project=stack.compose_project, override=True, profiles=("*",))
    try:
        compose.run(call, "build", services=names, echo=site.echo)
    except CommandError as error:
        lines = _said(site, error)
        raise Failure(
            f"the image of {', '.join(names)} cannot be built: {lines[-1].strip() if lines else error.what}",
            _go_on(record),
            lines[-_LINES:-1],
        ) from error


def _up(site: Site, record: Record, stack: Stack, names: list[str]) -> None:
    call = site.invocation(record.path, project=stack.compose_project, override=True, profiles=site.profiles)
    joins = _external(worktree_model(site, record), names)
    if joins:
        compose.run(call, "up", "--no-start", "--no-deps", services=names, echo=site.echo)
        _join(site, stack, joins)
    try:
        _drop_half_replaced(site, record)
        try:
            compose.run(call, "up", "--detach", services=names, echo=site.echo)
        except CommandError:
            # The engine may only now have made what a killed command asked for.
            if not _drop_half_replaced(site, record):
                raise
            compose.run(call, "up", "--detach", services=names, echo=site.echo)
    except NetworkGone:
        # The network was made anew under the same name; the old containers know the old one's id.
        compose.run(call, "up", "--detach", "--force-recreate", services=names, echo=site.echo)
    except CommandError as error:
        raise _explained(site, error, record) from error


def _drop_half_replaced(site: Site, record: Record) -> bool:
    """Remove containers that were to take the place of others when Compose was killed; it trips over them.

    They are called like those, with a part of their id in front, until those are gone.
    """
    found = {one.name: one for one in own_containers(site.engine, record)}
    halves = [one for name, one in found.items() if _REPLACING.match(name) and name[13:] in found]
    each(lambda one: site.engine.remove_container(one.id), halves)
    return bool(halves)


def _explained(site: Site, error: CommandError, record: Record) -> Failure:
    lines = _said(site, error)
    return Failure(f"the stack does not start: {lines[-1].strip() if lines else error.what}", _go_on(record))


def _said(site: Site, error: CommandError) -> list[str]:
    """Return the lines that Compose said, without secrets."""
    return [line.rstrip() for line in lines_of(site.masked(error.result.err)) if line.strip()]


def _external(model: Mapping[str, Any], names: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the external networks that services join; they are kept out of the override."""
    found = {name: external_networks(model["services"][name], model) for name in names}
    return {name: networks for name, networks in found.items() if networks}


def _join(site: Site, stack: Stack, joins: dict[str, tuple[str, ...]]) -> None:
    """Join external networks under `<service>-<slug>`; compose would add the plain name, which is main's."""
    for one in site.engine.containers(project=stack.compose_project):
        for network in joins.get(one.service, ()):
            if network not in one.networks:
                site.engine.connect(one.id, network, [f"{one.service}-{stack.name}"])


def _wait(site: Site, record: Record, stack: Stack, names: list[str]) -> tuple[Container, ...]:
    deadline = time.monotonic() + site.settings.wait
    web = [port for port in stack.ports if port.service in names and _speaks_http(port)]
    silent = set(web)
    while True:
        found = site.engine.containers(project=stack.compose_project)
        by_service = {one.service: one for one in found}
        for one in found:
            _refuse_dead(site, record, one)
        answered = each(lambda port: probe.answers(int(port.published or 0), host=record.host), silent)
        silent -= {port for port, answer in zip(tuple(silent), answered, strict=True) if answer}
        waiting = [name for name in names if not _settled(by_service.get(name))]
        if not silent and not waiting:
            return found
        if time.monotonic() > deadline:
            raise _late(site, record, by_service, waiting, silent)
        interruption.pause(_POLL_SECONDS)


def _speaks_http(port: Port) -> bool:
    return port.published is not None and port.protocol == "tcp" and port.target not in _NOT_HTTP


def _settled(container: Container | None) -> bool:
    if container is None:
        return False
    return container.finished or (container.state == "running" and container.health in (None, "healthy"))


def _refuse_dead(site: Site, record: Record, container: Container) -> None:
    dead = container.state in ("exited", "dead") and not container.finished
    if dead or container.state == "restarting":
        lines = site.engine.last_lines(container.id)
        raise Failure(
            f"{container.service} exited with code {container.exit_code}{_heard(lines)}"
            if dead
            else f"{container.service} starts again and again{_heard(lines)}",
            _go_on(record),
            lines,
        )


def _late(
    site: Site, record: Record, by_service: dict[str, Container], waiting: list[str], silent: set[Port]
) -> Failure:
    if waiting:
        container = by_service.get(waiting[0])
        state = f"{container.state}, {container.health or 'no health check'}" if container else "not there"
        what = f"{waiting[0]} is not ready ({state})"
    else:
        port = min(silent, key=lambda one: one.published or 0)
        container = by_service.get(port.service)
        what = f"{port.service} does not answer on port {port.published}"
    lines = site.engine.last_lines(container.id) if container else []
    return Failure(f"{what} after {site.settings.wait:g} s{_heard(lines)}", _go_on(record), lines)


def _heard(lines: list[str]) -> str:
    return "; its last lines:" if lines else "; it said nothing"


def _go_on(record: Record) -> str:
    return f"the worktree is kept in {record.path}; mend it there, then wt.start {record.name}"


def stop_containers(site: Site, record: Record, seconds: int | None = None) -> int:
    """Stop the worktree's containers and return how many ran.

    Args:
        site: The project.
        record: The worktree.
        seconds: How long each has to end by itself; as long as it asks for by default.
    """
    running = [
        one for one in own_containers(site.engine, record) if one.state in ("running", "restarting", "paused")
    ]
    each(lambda one: site.engine.stop(one.id, seconds), running)
    return len(running)


def compose_down(site: Site, record: Record, *, volumes: bool = True) -> None:
    """Remove the worktree's containers, and the volumes and image tags that its stack made.

    They are found by our label and the compose project that is recorded, never by a name.
    """
    with site.progress.step("containers") as say:
        found = own_containers(site.engine, record)
        # Those of `volumes_from` belong to another service, which may be main's.
        apart = [one for one in found if not site.engine.inspect(one.id)["HostConfig"].get("VolumesFrom")]
        anonymous = {name for one in apart for name in one.anonymous_volumes}
        stop_containers(site, record, _REMOVAL_SECONDS)
        each(lambda one: site.engine.remove_container(one.id), found)
        for name in anonymous:
            site.engine.remove_volume(name)
        gone = own_volumes(site.engine, record) if volumes else ()
        for name in gone:
            site.engine.remove_volume(name)
        images.untag_built(site, record, {one.service for one in found})
        say(f"{len(found)} removed" + (f", with volumes {', '.join(gone)}" if gone else ""))
