"""Containers as Docker reports them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from ...quick_dataclasses import dataclass
from .labels import DEPENDS_ON, DIRECTORY, FILES, KEY, SERVICE, STACK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "Container",
    "ListedContainer",
    "by_service",
    "conditions",
    "listed_values",
    "name_of",
    "published_ports",
    "unready",
]


Listed = TypeVar("Listed", bound="ListedContainer")

_ANONYMOUS = re.compile(r"[0-9a-f]{64}")
_EXIT = re.compile(r"^Exited \((?P<code>\d+)\)")
_PUBLISHED = re.compile(r":(?P<host>\d+)(?:-(?P<last>\d+))?->(?P<target>\d+)(?:-\d+)?/(?P<protocol>tcp|udp)")
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
        published: A port in the container, the host port that leads to it, and `tcp` or `udp`, in order.
        directory: The directory of its compose project.
        files: The compose files that it was created from.
        networks: The names of its networks.
        image_name: The image that it was created from, as the compose file names it.
        command: Its entry point and its arguments in one line.
        depends_on: Pairs of a service that it waited for, and the condition, such as `service_healthy`.
    """

    id: str
    name: str
    project: str
    service: str
    key: str | None
    state: str
    status: str
    published: tuple[tuple[int, int, str], ...]
    directory: str = ""
    files: tuple[str, ...] = ()
    networks: frozenset[str] = frozenset()
    image_name: str = ""
    command: str = ""
    depends_on: tuple[tuple[str, str], ...] = ()

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
    """

    labels: Mapping[str, str]
    image: str
    volumes: tuple[str, ...]

    @property
    def anonymous_volumes(self) -> tuple[str, ...]:
        """Return its anonymous volumes; Compose keeps them when it recreates a container."""
        return tuple(name for name in self.volumes if _ANONYMOUS.fullmatch(name))


def listed_values(one: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a `ListedContainer` from the engine's entry for a container in a list."""
    labels = one.get("Labels") or {}
    ports = {
        (port["PrivatePort"], port["PublicPort"], port["Type"])
        for port in one.get("Ports") or ()
        if port.get("PublicPort") and port["Type"] in ("tcp", "udp")
    }
    return {
        "id": one["Id"],
        "name": name_of(one),
        "project": labels.get(STACK, ""),
        "service": labels.get(SERVICE, ""),
        "key": labels.get(KEY) or None,
        "state": one["State"],
        "status": one["Status"],
        "published": tuple(sorted(ports)),
        "directory": labels.get(DIRECTORY, ""),
        "files": tuple(part for part in labels.get(FILES, "").split(",") if part),
        "networks": frozenset((one.get("NetworkSettings") or {}).get("Networks") or ()),
        "image_name": one.get("Image") or "",
        "command": one.get("Command") or "",
        "depends_on": conditions(labels.get(DEPENDS_ON, "")),
    }


def conditions(text: str) -> tuple[tuple[str, str], ...]:
    """Return pairs of a service and the condition on it, from Compose's label on who depends on them.

    Args:
        text: Such as `db:service_healthy:false,migrate:service_completed_successfully:false`.
    """
    parts = (part.split(":") for part in text.split(",") if ":" in part)
    return tuple((service, condition) for service, condition, *_ in parts)


def by_service(containers: Iterable[Listed]) -> dict[str, Listed]:
    """Return containers by service. One left by `compose run` counts only where none is running."""
    return {one.service: one for one in sorted(containers, key=lambda one: one.state == "running")}


def name_of(one: Mapping[str, Any]) -> str:
    """Return the name of a container from the engine's entry for it in a list."""
    return str((one.get("Names") or ["/?"])[0]).lstrip("/")


def published_ports(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return container port, host port and protocol of each port in Docker's text for a container's ports.

    Args:
        text: Such as `0.0.0.0:8000-8001->8000-8001/tcp, :::8000-8001->8000-8001/tcp, 9000/tcp`.
    """
    found: set[tuple[int, int, str]] = set()
    for match in _PUBLISHED.finditer(text):
        first, target = int(match["host"]), int(match["target"])
        more = range(int(match["last"] or first) - first + 1)
        found.update((target + one, first + one, match["protocol"]) for one in more)
    return tuple(sorted(found))


def unready(found: Mapping[str, ListedContainer], services: Iterable[str]) -> dict[str, str]:
    """Return the services that are neither ready nor finished, each with its state in words.

    Args:
        found: Containers by service.
        services: The services that have to be ready.
    """
    waiting = {name: found.get(name) for name in services}
    return {
        name: f"{one.state}, {one.health or 'no health check'}" if one else "missing"
        for name, one in waiting.items()
        if not (one and (one.ready or one.finished))
    }
