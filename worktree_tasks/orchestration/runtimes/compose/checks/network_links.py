"""Checks: each running stack reaches main's shared services, and main's containers can start."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

from .....engine import compose_command
from ....steps.doctor_check import CheckLook, found, usable
from ....steps.worktree_lock import holding
from ..compose_input import input_of
from ..dead_network_links import dead_links, is_worktrees, links_of, living_networks
from ..main_stack import ensure_main, services_down, shared_containers, shared_names, wanted_shared
from ..network import ensure_network

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .....configuration.compose.containers import Container
    from ....steps.doctor_check import Trouble
    from ....steps.project import Project
    from ....steps.worktree_handle import Tree

__all__ = ["look", "look_for_dead"]


def look(project: Project) -> CheckLook:
    """Look for running stacks that cannot reach a shared service by all its names."""
    wanted = wanted_shared(project.services)
    running = [
        one for one in usable(project) if any(container.state == "running" for container in one.containers())
    ]
    down = services_down(project, wanted) if running else ()
    troubles = [trouble for tree in running for trouble in _link_troubles(tree)]
    if down:
        names = ", ".join(one.record.name for one in running)
        trouble = found(
            "main",
            ", ".join(down),
            f"{names} is running without main's {', '.join(down)}",
            fix="wt.ensure-main",
            repair=partial(ensure_main, project, wanted),
        )
        # Starting them also attaches them.
        troubles.insert(0, trouble)
    return CheckLook(
        f"{', '.join(wanted) or 'nothing'} shared with {len(running)} running stacks", tuple(troubles)
    )


def _link_troubles(tree: Tree) -> Iterator[Trouble]:
    network = tree.project.engine.network(tree.record.network) if tree.record.network else None
    shared = shared_containers(tree.project, wanted_shared(tree.services))
    up = [one for one in shared.values() if one.state == "running"]
    apart = [one for one in up if network is None or one.id not in network.containers]
    nameless = [
        one for one in up if one not in apart and not _named(tree.project, one, str(tree.record.network))
    ]
    if apart or nameless:
        services = ", ".join(one.service for one in (*apart, *nameless))
        yield found(
            "link",
            tree.record.name,
            f"{tree.record.name} cannot reach main's {services} in {tree.record.network}",
            fix=f"wt.start {shlex.quote(tree.record.name)}",
            repair=lambda: _attach(tree, nameless),
        )


def _named(project: Project, container: Container, network: str) -> bool:
    """Return whether a shared service has all its names in a network."""
    aliases = links_of(project, container).get(network, {}).get("Aliases") or ()
    return set(shared_names(project, container)) <= set(aliases)


def _attach(tree: Tree, nameless: list[Container]) -> None:
    with holding(tree):
        for one in nameless:
            tree.project.engine.disconnect(one.id, str(tree.record.network))
        ensure_network(tree)


def look_for_dead(project: Project) -> CheckLook:
    """Look for missing networks without which a container of main cannot start."""
    alive = living_networks(project)
    stopped = [one for one in project.engine.containers(project=project.name) if one.state != "running"]
    troubles = [trouble for one in stopped for trouble in _dead(project, one, alive)]
    return CheckLook("every container of main can start", tuple(troubles))


def _dead(project: Project, container: Container, alive: Mapping[str, str]) -> Iterator[Trouble]:
    for name in dead_links(project, container, alive):
        what = f"main's {container.service} cannot start: network {name} is gone"
        if not is_worktrees(project, name):
            # Compose has to create and join main's own networks.
            chosen = input_of(project)
            call = chosen.invocation(project=project.name, override=False, profiles=chosen.profiles)
            again = compose_command.argv(
                call, "up", "--detach", "--force-recreate", services=[container.service]
            )
            yield found("dead-link", container.name, what, fix=shlex.join(again))
            continue
        yield found(
            "dead-link",
            container.name,
            what,
            fix=f"docker network disconnect -f {shlex.quote(name)} {shlex.quote(container.name)}",
            repair=partial(project.engine.disconnect, container.id, name),
        )
