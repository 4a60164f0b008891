"""Containers as Docker reports them, and the state of a stack that follows from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .labels import DIRECTORY, FILES, KEY, SERVICE, STACK

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ..states import State

__all__ = [
    "Container",
    "ListedContainer",
    "listed_values",
    "name_of",
    "published_ports",
    "stack_state",
    "unready",
]


_ANONYMOUS = re.compile(r"[0-9a-f]{64}")
# Neither running nor stopped: Docker keeps restarting it, or has it paused.
_HALF_UP = ("restarting", "paused")
_EXIT = re.compile(r"^Exited \((?P<code>\d+)\)")
_PUBLISHED = re.compile(r":(?P<host>\d+)(?:-(?P<last>\d+))?->(?P<target>\d+)(?:-\d+)?/tcp")
_YOUNG = re.compile(r"^Up (?:Less than a second|1 second)\b")
_HEALTH = re.compile(r"\((?:health: )?(?P<health>healthy|unhealthy|starting)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedContainer:
    """One container with the values that any list of containers has, that of `docker ps` included.

    Attributes:
        id: Its full id.
        name: Its name.
        project: Its compose project.
        service: Its compose service.
        key: The key of the worktree whose stack it belongs to; None if it belongs to none.
        state: Docker's word: `running`, `exited`, `created`, `restarting`, `paused` or `dead`.
        status: Docker's sentence, such as `Up 2 minutes (healthy)`.
        published: Pairs of a TCP port in the container and the host port that leads to it, in order.
        directory: The directory of its compose project.
        files: The compose files that it was created from.
        networks: The names of its networks.
    """

    id: str
    name: str
    project: str
    service: str
    key: str | None
    state: str
    status: str
    published: tuple[tuple[int, int], ...]
    directory: str = ""
    files: tuple[str, ...] = ()
    networks: frozenset[str] = frozenset()

    @property
    def health(self) -> str | None:
        """Return `healthy`, `unhealthy` or `starting`; None without a health check."""
        match = _HEALTH.search(self.status)
        return match["health"] if match else None

    @property
    def word(self) -> str:
        """Return its health while it is running, otherwise its state."""
        return self.health if self.state == "running" and self.health else self.state

    @property
    def exit_code(self) -> int | None:
        """Return its exit code; None unless it has exited."""
        match = _EXIT.match(self.status)
        return int(match["code"]) if match else None

    @property
    def finished(self) -> bool:
        """Return whether it exited successfully, as one-off jobs do."""
        return self.state == "exited" and self.exit_code == 0

    @property
    def young(self) -> bool:
        """Return whether it has been running for less than two seconds, in which many programs still fail."""
        return self.state == "running" and bool(_YOUNG.match(self.status))

    @property
    def failed(self) -> bool:
        """Return whether it exited with an error, or is dead."""
        return self.state in ("exited", "dead") and not self.finished

    @property
    def ready(self) -> bool:
        """Return whether it is running, and healthy if it has a health check."""
        return self.state == "running" and self.health in (None, "healthy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Container(ListedContainer):
    """One container, with what only the engine's own answer has.

    Attributes:
        labels: Its labels.
        image: The id of its image.
        volumes: The names of its volumes.
        command: Its entry point and its arguments in one line.
    """

    labels: Mapping[str, str]
    image: str
    volumes: tuple[str, ...]
    command: str = ""

    @property
    def anonymous_volumes(self) -> tuple[str, ...]:
        """Return its anonymous volumes; Compose keeps them when it recreates a container."""
        return tuple(name for name in self.volumes if _ANONYMOUS.fullmatch(name))


def listed_values(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a `ListedContainer` from the engine's entry for a container in a list."""
    labels = one.get("Labels") or {}
    ports = {
        (port["PrivatePort"], port.get("PublicPort"))
        for port in one.get("Ports") or ()
        if port["Type"] == "tcp"
    }
    return {
        "id": one["Id"],
        "name": name_of(one),
        "project": labels.get(STACK, ""),
        "service": labels.get(SERVICE, ""),
        "key": labels.get(KEY) or None,
        "state": one["State"],
        "status": one["Status"],
        "published": tuple(sorted((inside, outside) for inside, outside in ports if outside)),
        "directory": labels.get(DIRECTORY, ""),
        "files": tuple(part for part in labels.get(FILES, "").split(",") if part),
        "networks": frozenset((one.get("NetworkSettings") or {}).get("Networks") or ()),
    }


def name_of(one: Mapping[str, Any]) -> str:
    """Return the name of a container from the engine's entry for it in a list."""
    return str((one.get("Names") or ["/?"])[0]).lstrip("/")


def published_ports(text: str) -> tuple[tuple[int, int], ...]:
    """Return pairs of container port and host port from Docker's text for a container's ports.

    Args:
        text: Such as `0.0.0.0:8000-8001->8000-8001/tcp, :::8000-8001->8000-8001/tcp, 9000/tcp`.
    """
    found: set[tuple[int, int]] = set()
    for match in _PUBLISHED.finditer(text):
        first, target = int(match["host"]), int(match["target"])
        found.update((target + more, first + more) for more in range(int(match["last"] or first) - first + 1))
    return tuple(sorted(found))


def unready(found: Mapping[str, ListedContainer], services: Iterable[str]) -> dict[str, str]:
    """Return the services that are neither ready nor finished, each with its state in words.

    Args:
        found: Containers by service.
        services: The services that have to be ready.
    """
    waiting = {name: found.get(name) for name in services}
    return {
        name: f"{one.state}, {one.health or 'no health check'}" if one else "not there"
        for name, one in waiting.items()
        if not (one and (one.ready or one.finished))
    }


def stack_state(containers: Iterable[ListedContainer], services: Collection[str]) -> State:
    """Return the state of a worktree's stack.

    Args:
        containers: The stack's containers.
        services: The services that a running stack has.

    Returns:
        `running`, `starting`, `partial`, `stopped` or `created`.
    """
    # A container left by `compose run` counts only if the service has no running one.
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
