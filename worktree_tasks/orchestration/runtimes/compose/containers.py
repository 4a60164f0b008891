"""The worktree's containers: brought up until they answer, stopped, taken down."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from ....command import CommandError
from ....configuration.compose.override import external_networks
from ....configuration.compose.services import own
from ....engine import compose
from ....engine.refusals import NetworkGone
from ....errors import Failure
from ....lazy_modules import later
from ....machine.bound_ports import bound
from ....parallel import each
from ....waiting import wait_while
from . import images
from .compose_input import input_of
from .container_removal import remove_containers
from .git_access import with_git
from .main_stack import refuse_lost, wanted_shared
from .override import write_override
from .readiness import refuse_failed, wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....configuration.compose import docker_errors
    from ....configuration.compose.containers import Container
    from ....configuration.compose.model import Model
    from ....configuration.compose.override import Stack
    from ....configuration.ports import Port
    from ...steps.project import Project
    from ...steps.tree import Tree
    from . import builds, container_failure, start_failure
else:
    # Only what went wrong needs them.
    docker_errors, builds, container_failure, start_failure = later(
        __package__,
        "....configuration.compose.docker_errors",
        ".builds",
        ".container_failure",
        ".start_failure",
    )

__all__ = ["compose_up", "refuse_taken_ports"]

# So long may an engine take from a port that is bound to a container that runs.
_STARTING_SECONDS = 3.0
_REPLACING = re.compile(r"[0-9a-f]{12}_")
_OF_A_CONTAINER = re.compile(r"complete successfully|dependency failed|exited|unhealthy")


def compose_up(
    tree: Tree, stack: Stack, *, build: bool = False, begun: Callable[[], None] = lambda: None
) -> None:
    """Bring the worktree's own services up and wait until they answer.

    Args:
        tree: The worktree.
        stack: Its stack.
        build: Whether images are built although there are some; only this worktree's tags change.
        begun: Called when all containers are started.

    Raises:
        Failure: A service exits, stays unhealthy or does not answer within `wt.wait` seconds; the worktree
            and its containers stay, to be looked at.
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
                builds.build_images(tree, stack, unbuilt)
        if names:
            tree.project.progress.doing(f"starting {', '.join(names)}")
            _up(tree, stack, names)
        begun()
        if needed:
            images.drop_replaced(tree)
        wait_until_ready(tree, stack, names)
        refuse_lost(tree.project, wanted_shared(tree.services))
        say(f"{', '.join(names) or 'none of its own'}: answering after {time.monotonic() - started:.1f} s")


def refuse_taken_ports(project: Project, stack: Stack) -> None:
    """Make sure that nobody took the stack's ports while it was down.

    Raises:
        Failure: Somebody did; it names the holder.
    """

    def taken() -> Failure | None:
        found = _taken_port(project, stack)
        if found is None:
            return None
        port, container = found
        place = (int(port.published or 0), port.protocol)
        holders = project.engine.port_holders(except_project=stack.compose_project)
        failure = start_failure.taken_port(port.service, place, holders, again=f"wt.start {stack.name}")
        # The engine may be starting what a killed command asked it to start.
        if container is None or place in holders:
            raise failure
        project.progress.doing(f"waiting for port {port.published} to be free")
        return failure

    if failure := wait_while(taken, _STARTING_SECONDS):
        raise failure


def _taken_port(project: Project, stack: Stack) -> tuple[Port, Container | None] | None:
    """Return a port that somebody has whose service does not run, and the container of that service."""
    found = {one.service: one for one in project.engine.containers(project=stack.compose_project)}
    for port in stack.ports:
        container = found.get(port.service)
        if port.published is None or (container and container.state == "running"):
            continue
        if bound(port.published, port.protocol, port.host_ip or stack.bind):
            return port, container
    return None


def _up(tree: Tree, stack: Stack, names: list[str]) -> None:
    chosen = input_of(tree.project, tree.record.path)
    call = chosen.invocation(project=stack.compose_project, override=True, profiles=chosen.profiles)
    joins = _external(tree.model, names)
    try:
        _drop_half_replaced(tree)
        _settle_git(tree, stack, names, call)
        if joins:
            compose.run(call, "up", "--no-start", "--no-deps", services=names, echo=tree.project.echo)
            _join(tree.project, stack, joins)
        _start(tree, call, names)
    except CommandError as error:
        raise _explained(tree, stack, error) from error


def _settle_git(tree: Tree, stack: Stack, names: list[str], call: compose.Invocation) -> None:
    """Let the override say whether git works in containers, by the images that these have now.

    An image that no container has is asked in one that is made of it here, and not started yet.
    """
    now = with_git(tree, tree.model, stack)
    if unknown := [name for name in names if now.git_access[name].mode is None]:
        compose.run(call, "up", "--no-start", "--no-deps", services=unknown, echo=tree.project.echo)
        now = with_git(tree, tree.model, stack)
    if now != stack:
        write_override(tree, now)


def _start(tree: Tree, call: compose.Invocation, names: list[str]) -> None:
    try:
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


def _explained(tree: Tree, stack: Stack, error: CommandError) -> Failure:
    """Return why Compose did not bring a stack up."""
    said = start_failure.said_lines(tree.project, error)
    refusal = docker_errors.recognize_refusal(said)
    if refusal is None or not refusal.cause:
        words = refusal.words if refusal else error.what
        if _OF_A_CONTAINER.search(words):
            # Compose only says that a job failed, or a health check; the container itself says why.
            refuse_failed(tree, tree.containers())
        failure = Failure(
            f"the stack does not start: {words}",
            container_failure.kept_hint(tree.record),
            kind="start-failed",
        )
        sick = [one for one in tree.containers() if one.health == "unhealthy" and one.name in words]
        return container_failure.told_why(failure, tree.project, sick[0], tree) if sick else failure
    return start_failure.not_started(
        tree.project,
        refusal,
        said,
        stack.compose_project,
        model=tree.model,
        ports={(one.published, one.protocol): one.service for one in stack.ports if one.published},
        again=f"wt.start {stack.name}",
    )


def _drop_half_replaced(tree: Tree) -> bool:
    """Remove containers that were to take the place of others when Compose was killed; it trips over them.

    They are called like those, with a part of their id in front, until those are gone.
    """
    found = {one.name: one for one in tree.containers()}
    halves = [one for name, one in found.items() if _REPLACING.match(name) and name[13:] in found]
    each(lambda one: tree.project.engine.remove_container(one.id), halves)
    return bool(halves)


def _external(model: Model, names: list[str]) -> dict[str, tuple[str, ...]]:
    """Return the external networks that services join; they are kept out of the override."""
    found = {name: external_networks(model.services[name], model) for name in names}
    return {name: networks for name, networks in found.items() if networks}


def _join(project: Project, stack: Stack, joins: dict[str, tuple[str, ...]]) -> None:
    """Join external networks under `<service>-<slug>`; compose would add the plain name, which is main's."""
    for one in project.engine.containers(project=stack.compose_project):
        for network in joins.get(one.service, ()):
            if network not in one.networks:
                project.engine.connect(one.id, network, [f"{one.service}-{stack.name}"])


def _remove_others(tree: Tree, stack: Stack) -> None:
    """Remove the containers of services that are not the worktree's own any more."""
    mine = {service.name for service in own(stack.services)}
    if others := [one for one in tree.containers() if one.service not in mine]:
        remove_containers(tree, others)
        tree.project.progress.news(f"{', '.join(one.service for one in others)} removed from this worktree")
