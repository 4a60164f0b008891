"""Containers as Docker reports them, and the state of a stack that follows from them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = ["Container", "health_of", "published_ports", "stack_state"]

_ANONYMOUS = re.compile(r"[0-9a-f]{64}")
# Neither up nor stopped: Docker starts it again and again, or holds it.
_HALF_UP = ("restarting", "paused")
_EXIT = re.compile(r"^Exited \((?P<code>\d+)\)")
_PUBLISHED = re.compile(r":(?P<host>\d+)(?:-(?P<last>\d+))?->(?P<target>\d+)(?:-\d+)?/tcp")
_HEALTH = re.compile(r"\((?:health: )?(?P<health>healthy|unhealthy|starting)\)")


@dataclass(frozen=True, slots=True)
class Container:
    """One container.

    Attributes:
        id: Its full id.
        name: Its name.
        project: Its compose project.
        service: Its compose service.
        state: Docker's word: `running`, `exited`, `created`, `restarting`, `paused` or `dead`.
        status: Docker's sentence, such as `Up 2 minutes (healthy)`.
        labels: Its labels.
        networks: The names of its networks, and its addresses in them.
        image: The id of its image.
        volumes: The names of its volumes.
        published: Pairs of a TCP port inside it and the port of the host that leads there.
    """

    id: str
    name: str
    project: str
    service: str
    state: str
    status: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)
    image: str = ""
    volumes: tuple[str, ...] = ()
    published: tuple[tuple[int, int], ...] = ()

    @property
    def health(self) -> str | None:
        """Return `healthy`, `unhealthy` or `starting`; None without a health check."""
        return health_of(self.status)

    @property
    def exit_code(self) -> int | None:
        """Return the exit code of a container that ended."""
        match = _EXIT.match(self.status)
        return int(match["code"]) if match else None

    @property
    def anonymous_volumes(self) -> tuple[str, ...]:
        """Return its volumes that nobody named; Compose hands them on when it recreates a container."""
        return tuple(name for name in self.volumes if _ANONYMOUS.fullmatch(name))

    @property
    def finished(self) -> bool:
        """Return whether it ended well, as one-off jobs do."""
        return self.state == "exited" and self.exit_code == 0


def published_ports(text: str) -> tuple[tuple[int, int], ...]:
    """Return pairs of container port and host port from Docker's words for a container's ports.

    Args:
        text: Such as `0.0.0.0:8000-8001->8000-8001/tcp, :::8000-8001->8000-8001/tcp, 9000/tcp`.
    """
    found: dict[tuple[int, int], None] = {}
    for match in _PUBLISHED.finditer(text):
        first, target = int(match["host"]), int(match["target"])
        for more in range(int(match["last"] or first) - first + 1):
            found[(target + more, first + more)] = None
    return tuple(found)


def health_of(status: str) -> str | None:
    """Return the health that Docker's status sentence tells."""
    match = _HEALTH.search(status)
    return match["health"] if match else None


def stack_state(containers: Iterable[Container], services: Collection[str]) -> str:
    """Return the state of a worktree's stack.

    Args:
        containers: The stack's containers.
        services: The services that a running stack has.

    Returns:
        `running`, `starting`, `partial`, `stopped` or `created`.
    """
    # One that `compose run` left counts only where the service has no running one.
    by_service = {one.service: one for one in sorted(containers, key=lambda one: one.state == "running")}
    if not by_service:
        return "created"
    up = {name for name, one in by_service.items() if one.state == "running"}
    if not up and not any(one.state in _HALF_UP for one in by_service.values()):
        return "created" if all(one.state == "created" for one in by_service.values()) else "stopped"
    down = {
        name for name in {*services, *by_service} - up if name in services or not by_service[name].finished
    }
    healths = {by_service[name].health for name in up}
    if down or "unhealthy" in healths:
        return "partial"
    return "starting" if "starting" in healths else "running"
