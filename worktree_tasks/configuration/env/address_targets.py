"""Surroundings: what a worktree's env values can point at, its own ports and the shared services."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .virtual_hosts import virtual_host_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["BROKERS", "LOOPBACK", "WEB", "OwnPort", "PortVariable", "SharedAddress", "Surroundings"]

BROKERS = frozenset({"CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
WEB = frozenset({"http", "https", "ws", "wss"})


@dataclass(frozen=True, slots=True)
class SharedAddress:
    """A shared service as it can be reached.

    Attributes:
        service: Its name, under which every container of a worktree reaches it.
        kind: What data server it is (`postgres`, `redis`, …); None for others.
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
        main: The port that main publishes for it; None when main publishes none.
        published: The port that this worktree publishes for it.
        protocol: `tcp` or `udp`.
        forwarded: The port that answers for it where the person is, if that is another machine and number.
    """

    service: str
    target: int
    main: int | None
    published: int
    protocol: str = "tcp"
    forwarded: int | None = None

    @property
    def answered(self) -> int:
        """The port by which a person reaches it."""
        return self.forwarded or self.published


@dataclass(frozen=True, slots=True)
class PortVariable:
    """A variable of the compose files that a port is taken from.

    Attributes:
        main: Its value in main, or its default there.
        services: The own services whose published ports it feeds.
        moves: Whether env files of a worktree say the published port; else they keep main's value.
        listener: The own service that listens in its container where the variable says, and publishes that
            port: both move. Empty where programs keep main's value.
        shown: The environment variables by which programs see it, by service, besides its own name.
    """

    main: str = ""
    services: frozenset[str] = frozenset()
    moves: bool = False
    listener: str = ""
    shown: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def seen_as(self, name: str, service: str) -> frozenset[str]:
        """Return the environment variables by which a service's program may see the one of a name."""
        return self.shown.get(service, frozenset()) | {name}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that decides which env values change for a worktree.

    Attributes:
        shared: The shared services.
        own: The published ports of the own services.
        host: The name that URLs of this worktree carry.
        brokers: The keys whose values are URLs of job queues.
        added: Variables of queues that tools take when they are there, with what main has without them.
        broker_database: The Redis database that is this worktree's own; None when it has none.
        queues: Those of main's databases, by service and number, that have another one instead.
        virtual_host: The virtual host on RabbitMQ that is this worktree's own; None when it has none.
        port_variables: What the compose files take ports of own services from, by name.
        caches: Those of the brokers' keys that are no queue's, and go with a database of its own.
        databases: This worktree's own databases by those that they have the place of, each with its service.
    """

    shared: tuple[SharedAddress, ...] = ()
    own: tuple[OwnPort, ...] = ()
    host: str = "localhost"
    brokers: frozenset[str] = BROKERS
    added: Mapping[str, str] = field(default_factory=dict)
    broker_database: int | None = None
    queues: Mapping[tuple[str, int], int] = field(default_factory=dict)
    virtual_host: str | None = None
    port_variables: Mapping[str, PortVariable] = field(default_factory=dict)
    caches: frozenset[str] = frozenset()
    databases: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def bound(self) -> frozenset[str]:
        """The keys that ports of services are taken from: a `host:port` in one is an address to bind."""
        return frozenset(key for key, one in self.port_variables.items() if one.services)

    def own_at(self, port: int | None) -> OwnPort | None:
        """Return the own port that main publishes as `port`; None when none or several could be meant."""
        found = [own for own in self.own if own.main == port and own.protocol == "tcp"]
        return found[0] if port is not None and len({own.published for own in found}) == 1 else None

    def fed_by(self, variable: PortVariable, port: int) -> OwnPort | None:
        """Return the own port that a variable feeds, where main's is `port`; None when several could be."""
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
        """Return the shared service that an address means, by its name or by main's published port."""
        if named := self.shared_named(host):
            return named
        published = self.shared_at(port) if host.lower() in LOOPBACK else None
        return published[0] if published else None

    def only(self, kind: str) -> SharedAddress | None:
        """Return the shared service of a kind; None when there are none or several."""
        found = [one for one in self.shared if one.kind == kind]
        return found[0] if len(found) == 1 else None

    def database_for(self, service: str, number: int) -> int | None:
        """Return this worktree's own database in place of one of main's; of its own, the same."""
        if number in (self.broker_database, *self.queues.values()):
            return number
        return self.queues.get((service, number), self.broker_database)

    def virtual_host_for(self, name: str) -> str | None:
        """Return this worktree's own virtual host in place of one of main's; of its own, the same."""
        if self.virtual_host and (name == self.virtual_host or name.startswith(f"{self.virtual_host}-")):
            return name
        return virtual_host_name(self.virtual_host, name) if self.virtual_host else None

    def listens(self, port: int) -> bool:
        """Whether an own service listens on the port inside its container."""
        return any(own.target == port for own in self.own)
