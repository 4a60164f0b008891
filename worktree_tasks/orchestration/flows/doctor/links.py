"""Checks: main's shared services are reached from each running stack, and main's containers can start."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING, Any

from ...runtimes.compose.main_stack import ensure_main, services_down, shared_containers, wanted_shared
from ...runtimes.compose.network import ensure_network, shared_names
from ...steps.belongings import own_containers
from ...steps.holding import holding
from .check import Look, found, usable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ....configuration.compose.containers import Container
    from ....store import Record
    from ...steps.project import Site
    from .check import Trouble

__all__ = ["look", "look_for_dead"]


def look(site: Site) -> Look:
    """Look for running stacks that do not reach a shared service under all its names."""
    shared = shared_containers(site)
    wanted = wanted_shared(site)
    running = [
        one
        for one in usable(site)
        if any(container.state == "running" for container in own_containers(site.engine, one))
    ]
    down = services_down(site) if running else ()
    troubles = [trouble for record in running for trouble in _of(site, record, shared)]
    if down:
        names = ", ".join(one.name for one in running)
        trouble = found(
            "main",
            ", ".join(down),
            f"{names} runs without main's {', '.join(down)}",
            fix="inv wt.ensure-main",
            mend=partial(ensure_main, site),
        )
        # What is started then is attached then.
        troubles.insert(0, trouble)
    return Look(
        f"{', '.join(wanted) or 'nothing'} shared with {len(running)} running stacks", tuple(troubles)
    )


def _of(site: Site, record: Record, shared: Mapping[str, Container]) -> Iterator[Trouble]:
    network = site.engine.network(record.network) if record.network else None
    up = [one for one in shared.values() if one.state == "running"]
    apart = [one for one in up if network is None or one.id not in network.containers]
    nameless = [one for one in up if one not in apart and not _named(site, one, str(record.network))]
    if apart or nameless:
        services = ", ".join(one.service for one in (*apart, *nameless))
        yield found(
            "link",
            record.name,
            f"{record.name} does not reach main's {services} in {record.network}",
            fix=f"inv wt.start {shlex.quote(record.name)}",
            mend=lambda: _attach(site, record, nameless),
        )


def _named(site: Site, container: Container, network: str) -> bool:
    """Return whether a network knows a shared service under all its names."""
    aliases = _networks(site, container).get(network, {}).get("Aliases") or ()
    return set(shared_names(site, container)) <= set(aliases)


def _networks(site: Site, container: Container) -> dict[str, Any]:
    settings = site.engine.inspect(container.id)["NetworkSettings"]
    return {name: spec or {} for name, spec in (settings.get("Networks") or {}).items()}


def _attach(site: Site, record: Record, nameless: list[Container]) -> None:
    with holding(site, record) as now:
        for one in nameless:
            site.engine.disconnect(one.id, str(now.network))
        ensure_network(site, now)


def look_for_dead(site: Site) -> Look:
    """Look for networks that are gone and without which a container of main cannot start."""
    alive = {network.name: network.id for network in site.engine.networks()}
    stopped = [one for one in site.engine.containers(project=site.project.name) if one.state != "running"]
    troubles = [trouble for one in stopped for trouble in _dead(site, one, alive)]
    return Look("every container of main can start", tuple(troubles))


def _dead(site: Site, container: Container, alive: Mapping[str, str]) -> Iterator[Trouble]:
    for name, spec in _networks(site, container).items():
        gone = name not in alive or spec.get("NetworkID") not in ("", None, alive[name])
        if not gone or name in ("host", "none"):
            continue
        what = f"main's {container.service} cannot start: network {name} is gone"
        if not _is_ours(site, name):
            # Its own network is Compose's to make and to join.
            again = f"docker compose up --detach --force-recreate {shlex.quote(container.service)}"
            yield found("dead-link", container.name, what, fix=f"cd {shlex.quote(str(site.main))} && {again}")
            continue
        yield found(
            "dead-link",
            container.name,
            what,
            fix=f"docker network disconnect -f {shlex.quote(name)} {shlex.quote(container.name)}",
            mend=partial(site.engine.disconnect, container.id, name),
        )


def _is_ours(site: Site, network: str) -> bool:
    """Return whether a network that is gone was a worktree's, by its name: there are no labels to ask."""
    plain = f"{site.project.name}_worktree_"
    return (
        network.lstrip("z").removeprefix("_").startswith(plain)
        or any(one.network == network for one in site.records())
        or network.startswith(plain)
    )
