"""Start the worktree's containers and wait until they answer."""

from __future__ import annotations

import re
import time
from functools import partial
from typing import TYPE_CHECKING

from ....command import CommandError
from ....configuration.compose.containers import by_service
from ....configuration.compose.override import external_networks
from ....configuration.compose.service_roles import own
from ....configuration.start_order import start_order
from ....engine import compose_command
from ....engine.compose_errors import NetworkGone
from ....errors import Failure
from ....lazy_modules import later
from ....machine.bound_ports import bound
from ....parallel import each
from ....waiting import wait_while
from . import images
from .arriving_containers import once_created
from .compose_input import input_of
from .container_removal import finish_stops, remove_containers
from .git_access import with_git
from .main_stack import refuse_lost, wanted_shared
from .network_renewal import recreate_elsewhere
from .override_writing import write_override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ....configuration.compose import start_error_patterns
    from ....configuration.compose.containers import Container
    from ....configuration.compose.model import Model
    from ....configuration.compose.override import Stack
    from ....configuration.ports import Port
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree
    from . import container_failure, image_builds, readiness, start_failure
else:
    # Only failures need them, or what comes after the start.
    start_error_patterns, image_builds, container_failure, readiness, start_failure = later(
        __package__,
        "....configuration.compose.start_error_patterns",
        ".image_builds",
        ".container_failure",
        ".readiness",
        ".start_failure",
    )

__all__ = ["compose_up", "refuse_taken_ports"]

# How long an engine may take from binding a port until its container is running.
_STARTING_SECONDS = 3.0
_REPLACING = re.compile(r"[0-9a-f]{12}_")
_OF_A_CONTAINER = re.compile(r"complete successfully|dependency failed|exited|unhealthy")


def compose_up(
    tree: Tree, stack: Stack, *, build: bool = False, settled: Callable[[], None] = lambda: None
) -> None:
    """Bring the worktree's own services up and wait until they answer.

    Args:
        tree: The worktree.
        stack: Its stack.
        build: Whether to build images even if they exist; only this worktree's tags change.
        settled: Called when other work no longer slows the start down.

    Raises:
        Failure: A service exits, stays unhealthy or does not answer within `wt.wait` seconds; the worktree
            and its containers are kept for inspection.
    """
    with tree.project.progress.step("containers") as say:
        started = time.monotonic()
        if tree.renewing:
            _remove_others(tree, stack)
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
            with images.noting_builds(tree.project, stack, model, unbuilt):
                image_builds.build_images(tree, stack, unbuilt)
        if names:
            tree.project.progress.doing(f"starting {', '.join(names)}")
            _up(tree, stack, names)
        if needed:
            images.drop_replaced(tree)
        readiness.wait_until_ready(tree, stack, names, settled)
        refuse_lost(tree.project, wanted_shared(tree.services))
        say(f"{', '.join(names) or 'none of its own'}: answering after {time.monotonic() - started:.1f} s")


def refuse_taken_ports(project: Project, stack: Stack) -> None:
    """Check that the stack's ports are still free.

    Raises:
        Failure: One of them was taken while the stack was down; the error names the holder.
    """

    def taken() -> Failure | None:
        found = _taken_port(project, stack)
        if found is None:
            return None
        port, container = found
        place = (int(port.published or 0), port.protocol)
        holders = project.engine.port_holders(except_project=stack.compose_project)
        failure = start_failure.taken_port(port.service, place, holders, again=f"wt.start {stack.name}")
        # The engine may still be starting containers for a killed command.
        if container is None or place in holders:
            raise failure
        project.progress.doing(f"waiting for port {port.published} to be free")
        return failure

    if failure := wait_while(taken, _STARTING_SECONDS):
        raise failure


def _taken_port(project: Project, stack: Stack) -> tuple[Port, Container | None] | None:
    """Return a port that is in use although its service is not running, and that service's container."""
    found = by_service(project.engine.containers(project=stack.compose_project))
    for port in stack.ports:
        container = found.get(port.service)
        if port.published is None or (container and container.state == "running"):
            continue
        if bound(port.published, port.protocol, port.host_ip or stack.bind):
            return port, container
    return None


def _up(tree: Tree, stack: Stack, names: list[str]) -> None:
    call = input_of(tree.project, tree.record.path).invocation(project=stack.compose_project, override=True)
    joins = _external(tree.model, names)
    try:
        found = tree.containers()
        finish_stops(tree, found)
        _drop_half_replaced(tree, found)
        recreate_elsewhere(tree, stack, names, call)
        _settle_git(tree, stack, names, call)
        if joins:
            _create(tree, call, names)
            _join(tree.project, stack, joins)
        for group in start_order(stack, tree.model, names):
            _start(tree, call, group)
    except CommandError as error:
        raise _explained(tree, stack, error) from error


def _settle_git(tree: Tree, stack: Stack, names: list[str], call: compose_command.Invocation) -> None:
    """Update the override with the decision on git in containers, by their current images.

    For an image without a container, one is created here, but not started.
    """
    now = with_git(tree, tree.model, stack)
    if unknown := [name for name in names if now.git_access[name].mode is None]:
        _create(tree, call, unknown)
        now = with_git(tree, tree.model, stack)
    if now != stack:
        write_override(tree, now)


def _create(tree: Tree, call: compose_command.Invocation, names: list[str]) -> None:
    words = ("up", "--no-start", "--no-deps")
    create = partial(compose_command.run, call, *words, services=names, echo=tree.project.echo)
    once_created(tree.project, create)


def _start(tree: Tree, call: compose_command.Invocation, names: list[str]) -> None:
    up = partial(compose_command.run, call, "up", "--detach", services=names, echo=tree.project.echo)
    try:
        try:
            once_created(tree.project, up)
        except CommandError:
            # The engine may only now have created containers for a killed command.
            if not _drop_half_replaced(tree, tree.containers()):
                raise
            up()
    except NetworkGone:
        # The network was recreated with the same name, but old containers refer to the old one's id.
        up("--force-recreate")


def _explained(tree: Tree, stack: Stack, error: CommandError) -> Failure:
    """Return why Compose did not start a stack."""
    said = start_failure.said_lines(tree.project, error)
    refusal = start_error_patterns.recognize_refusal(said)
    if refusal is None or not refusal.cause:
        words = refusal.words if refusal else error.what
        if _OF_A_CONTAINER.search(words):
            # Compose only reports that a job or a health check failed; the container's log has the cause.
            readiness.refuse_failed(tree, tree.containers())
        failure = Failure(
            f"the stack does not start: {words}",
            container_failure.kept_hint(tree.record),
            kind="start-failed",
        )
        sick = [one for one in tree.containers() if one.health == "unhealthy" and one.name in words]
        return container_failure.with_last_lines(failure, tree.project, sick[0], tree) if sick else failure
    return start_failure.not_started(
        tree.project,
        refusal,
        said,
        stack.compose_project,
        model=tree.model,
        ports={(one.published, one.protocol): one.service for one in stack.ports if one.published},
        again=f"wt.start {stack.name}",
    )


def _drop_half_replaced(tree: Tree, containers: Iterable[Container]) -> bool:
    """Remove replacements of containers that a killed Compose left half done, which make it fail.

    Until the old container is gone, its replacement has the same name with a part of the id before it.
    """
    found = {one.name: one for one in containers}
    halves = [one for name, one in found.items() if _REPLACING.match(name) and name[13:] in found]
    each(lambda one: tree.project.engine.remove_container(one.id), halves)
    return bool(halves)


def _external(model: Model, names: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the external networks that services join; they are not in the override."""
    found = {name: external_networks(model.services[name], model) for name in names}
    return {name: networks for name, networks in found.items() if networks}


def _join(project: Project, stack: Stack, joins: dict[str, tuple[str, ...]]) -> None:
    """Join external networks as `<service>-<slug>`; Compose would add the plain name, which is main's."""
    for one in project.engine.containers(project=stack.compose_project):
        for network in joins.get(one.service, ()):
            if network not in one.networks:
                project.engine.connect(one.id, network, [f"{one.service}-{stack.name}"])


def _remove_others(tree: Tree, stack: Stack) -> None:
    """Remove the containers of services that are no longer the worktree's own."""
    mine = {service.name for service in own(stack.services)}
    if others := [one for one in tree.containers() if one.service not in mine]:
        remove_containers(tree, others)
        tree.project.progress.news(f"{', '.join(one.service for one in others)} removed from this worktree")
