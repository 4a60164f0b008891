"""Check: each running stack reaches main's shared services."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

from .....configuration.formatting import spoken_count
from ....steps.doctor_check import CheckLook, found, usable
from ....steps.worktree_lock import holding
from ..main_stack import ensure_main, services_down, shared_containers, shared_names, wanted_shared
from ..network import ensure_network
from ..network_links import detach, links_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .....configuration.compose.containers import Container
    from ....steps.doctor_check import Trouble
    from ....steps.project import Project
    from ....steps.worktree_handle import Tree

__all__ = ["look"]


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
    stacks = spoken_count(len(running), "running stack") or "no running stack"
    return CheckLook(f"{', '.join(wanted) or 'nothing'} shared with {stacks}", tuple(troubles))


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
            detach(tree.project, one, str(tree.record.network))
        ensure_network(tree)
