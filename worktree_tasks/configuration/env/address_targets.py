"""Surroundings: what a worktree's env values can point at, its own ports and the shared services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass, field
from .virtual_hosts import virtual_host_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BROKERS", "LOOPBACK", "WEB", "OwnPort", "PortVariable", "SharedAddress", "Surroundings"]

BROKERS = frozenset({"CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
WEB = frozenset({"http", "https", "ws", "wss"})


@dataclass(frozen=True, slots=True)
class SharedAddress:
    """The address of a shared service.

    Attributes:
        service: Its name, by which every container of a worktree reaches it.
        kind: What kind of data server it is (`postgres`, `redis`, …); None for other services.
        ports: Each port that it listens on, with the one that main publishes for it, if any.
    """

    service: str
    kind: str | None = None
    ports: tuple[tuple[int, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class OwnPort:
    """A published port of an own service.

    Attributes:
        service: The service's name.
        target: The port that it listens on.
        main: The port that main publishes for it; None if main publishes none.
        published: The port that this worktree publishes for it.
        protocol: `tcp` or `udp`.
        forwarded: The local port that it is forwarded to, if it is on another machine and the number differs.
    """

    service: str
    target: int
    main: int | None
    published: int
    protocol: str = "tcp"
    forwarded: int | None = None

    @property
    def answered(self) -> int:
        """The port at which the user reaches it."""
        return self.forwarded or self.published


@dataclass(frozen=True, slots=True)
class PortVariable:
    """A variable that sets a port in the compose files.

    Attributes:
        main: Its value in main, or its default there.
        services: The own services whose published ports it sets.
        moves: Whether a worktree's env files have the published port; otherwise they keep main's value.
        listener: The own service that listens on the port in its container and also publishes it, so both
            move; empty if programs keep main's value.
        shown: The environment variables through which programs see it, by service, besides its own name.
    """

    main: str = ""
    services: frozenset[str] = frozenset()
    moves: bool = False
    listener: str = ""
    shown: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def seen_as(self, name: str, service: str) -> frozenset[str]:
        """Return the environment variables through which a service's program may see the named one."""
        return self.shown.get(service, frozenset()) | {name}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything that decides which env values change for a worktree.

    Attributes:
        shared: The shared services.
        own: The published ports of the own services.
        host: The host name in URLs of this worktree.
        brokers: The keys whose values are URLs of job queues.
        added: Optional queue variables of tools, with the default that main uses without them.
        broker_database: This worktree's own Redis database; None if it has none.
        queues: This worktree's replacements for main's Redis databases, by service and number.
        virtual_host: This worktree's own virtual host on RabbitMQ; None if it has none.
        port_variables: The variables that set ports of own services in the compose files, by name.
        former: Main's Redis databases, by service and the number in the worktree's values for each.
        caches: Those of the brokers' keys that are for caches, not for queues.
        main_caches: The keys of caches that go back to main's, with its Redis databases: service and number.
        databases: This worktree's own databases, by the service and the name of main's database.
    """

    shared: tuple[SharedAddress, ...] = ()
    own: tuple[OwnPort, ...] = ()
    host: str = "localhost"
    brokers: frozenset[str] = BROKERS
    added: Mapping[str, str] = field(default_factory=dict)
    broker_database: int | None = None
    queues: Mapping[tuple[str, int], int] = field(default_factory=dict)
    former: Mapping[tuple[str, int], int] = field(default_factory=dict)
    virtual_host: str | None = None
    port_variables: Mapping[str, PortVariable] = field(default_factory=dict)
    caches: frozenset[str] = frozenset()
    main_caches: Mapping[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)
    databases: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def bound(self) -> frozenset[str]:
        """The keys that set published ports: a `host:port` in one is an address to bind."""
        return frozenset(key for key, one in self.port_variables.items() if one.services)

    def own_at(self, port: int | None) -> OwnPort | None:
        """Return the own port that main publishes as `port`; None if there are none or several."""
        found = [own for own in self.own if own.main == port and own.protocol == "tcp"]
        return found[0] if port is not None and len({own.published for own in found}) == 1 else None

    def fed_by(self, variable: PortVariable, port: int) -> OwnPort | None:
        """Return the own port that a variable sets and main has as `port`; None if none or several."""
        found = [own for own in self.own if own.main == port and own.service in variable.services]
        return found[0] if len({own.published for own in found}) == 1 else None

    def shared_at(self, port: int | None) -> tuple[SharedAddress, int] | None:
        """Return the shared service that main publishes as `port`, and the port that it listens on."""
        found = [(one, target) for one in self.shared for target, main in one.ports if main == port]
        return found[0] if port is not None and found else None

    def shared_named(self, name: str) -> SharedAddress | None:
        """Return the shared service of that name."""
        return next((one for one in self.shared if one.service == name), None)

    def shared_by(self, host: str, port: int | None) -> SharedAddress | None:
        """Return the shared service at an address, by its name or by main's published port."""
        if named := self.shared_named(host):
            return named
        published = self.shared_at(port) if host.lower() in LOOPBACK else None
        return published[0] if published else None

    def only(self, kind: str) -> SharedAddress | None:
        """Return the shared service of a kind; None if there are none or several."""
        found = [one for one in self.shared if one.kind == kind]
        return found[0] if len(found) == 1 else None

    def database_for(self, service: str, number: int) -> int | None:
        """Return this worktree's database that replaces one of main's; its own databases stay the same."""
        # A number that it no longer has must not end up in the one of another queue.
        number = self.former.get((service, number), number)
        if number in (self.broker_database, *self.queues.values()):
            return number
        return self.queues.get((service, number), self.broker_database)

    def virtual_host_for(self, name: str) -> str | None:
        """Return this worktree's virtual host that replaces one of main's; its own ones stay the same."""
        if self.virtual_host and (name == self.virtual_host or name.startswith(f"{self.virtual_host}-")):
            return name
        return virtual_host_name(self.virtual_host, name) if self.virtual_host else None

    def listens(self, port: int) -> bool:
        """Return whether an own service listens on the port inside its container."""
        return any(own.target == port for own in self.own)
