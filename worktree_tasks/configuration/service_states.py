"""The states of a stack's services with their published ports, and the URL of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .compose.containers import by_service
from .compose.stack_state import finished_jobs
from .ports import Port
from .worktree_result import PublishedPort, ServiceState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .compose.containers import ListedContainer

__all__ = ["first_url", "page_ports", "service_states", "with_docker_ports"]

# The port with the lowest rank is a worktree's page; ports that were not probed yet have rank 1.
_RANKS: dict[str | None, int] = {"http": 0, "https": 0, "other": 2}


def with_docker_ports(leased: tuple[Port, ...], containers: Iterable[ListedContainer]) -> tuple[Port, ...]:
    """Return a stack's leased ports, and those whose number Docker chose, as its containers have them."""
    known = {_inside(port) for port in leased if port.published is not None}
    chosen = {
        (one.service, target, protocol): Port(one.service, target, protocol, published=published)
        for one in containers
        for target, published, protocol in one.published
        if (one.service, target, protocol) not in known
    }
    numbered = tuple(chosen.pop(_inside(port), port) for port in leased)
    return (*numbered, *chosen.values())


def _inside(port: Port) -> tuple[str, int, str]:
    return port.service, port.target, port.protocol


def page_ports(ports: Iterable[Port]) -> list[Port]:
    """Return the ports that may serve the stack's page, the most likely first."""
    return sorted((port for port in ports if port.url("")), key=lambda port: _RANKS.get(port.scheme, 1))


def first_url(ports: Iterable[Port], host: str) -> str | None:
    """Return the URL of the first port that served a page, or else of the first that might."""
    return next((port.url(host) for port in page_ports(ports)), None)


def service_states(
    containers: Iterable[ListedContainer],
    ports: Iterable[Port],
    host: str,
    *,
    serving: Collection[str] = (),
    idle: Collection[str] = (),
    absent: str = "created",
) -> dict[str, ServiceState]:
    """Return services by name: those that publish a port first, in the compose file's order.

    Args:
        containers: The stack's containers.
        ports: Its ports.
        host: The host name of URLs.
        serving: Services that are not jobs although they publish no port.
        idle: Services that the stack does not start.
        absent: The state of services without a container.
    """
    found = by_service(containers)
    published: dict[str, list[PublishedPort]] = {}
    for port in ports:
        if port.published is not None:
            published.setdefault(port.service, []).append(
                PublishedPort(port.target, port.published, port.url(host), port.protocol)
            )
    jobs = finished_jobs(found.values(), {*published, *serving})
    return {
        name: ServiceState(
            found[name].state if name in found else absent,
            found[name].health if name in found else None,
            tuple(published.get(name, ())),
            found[name].exit_code if name in found else None,
            name in jobs,
            name in idle,
        )
        for name in dict.fromkeys((*published, *sorted(found)))
    }
