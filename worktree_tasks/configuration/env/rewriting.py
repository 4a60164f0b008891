"""Rewriting: which values of an env file change so that they point into this worktree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .own_queues import added_queues, moved_queues
from .targets import DEFAULT_PORTS, LOOPBACK
from .urls import addresses, edit, find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .targets import OwnPort, SharedAddress, Surroundings
    from .urls import Address

__all__ = ["Change", "additions", "for_browsers", "rewrite"]

_WEB = frozenset({"http", "https", "ws", "wss"})
# What a server listens on or asks itself for: ports of the container, not of the host.
_OF_THE_CONTAINER = re.compile(r"BIND|LISTEN|HEALTHCHECK|ASPNETCORE_URLS", re.IGNORECASE)
# What a browser asks for, although a container reads it: ports of the host.
_OF_THE_BROWSER = re.compile(
    r"(?:CLIENT|HMR|PUBLIC|EXTERNAL|PUBLISHED|BROWSER|HOST)_?PORT\Z|HMR", re.IGNORECASE
)
_HOST_KEY = re.compile(r"(?P<prefix>.+?_?)(?P<suffix>HOST|HOSTNAME|SERVER|ADDR|ADDRESS)\Z", re.IGNORECASE)
_PORT_KEY = re.compile(r"(?P<prefix>.*)PORT\Z", re.IGNORECASE)
_PORT_VALUE = re.compile(r"(?P<host>(?:[\w.-]+|\[[0-9A-Fa-f:]+\]):)?(?P<port>[0-9]{1,5})")
_HOST_SUFFIXES = ("HOST", "HOSTNAME", "SERVER", "ADDR", "ADDRESS")
_EVERYWHERE = frozenset({"0.0.0.0", "::", "[::]", ""})  # noqa: S104 - compared with, not bound to
_KIND_WORDS = {
    "postgres": "postgres", "postgresql": "postgres", "pg": "postgres", "psql": "postgres", "mysql": "mysql",
    "mariadb": "mysql", "mongo": "mongo", "mongodb": "mongo", "redis": "redis", "valkey": "redis",
    "rabbitmq": "rabbitmq", "rabbit": "rabbitmq", "amqp": "rabbitmq", "memcached": "memcached",
    "memcache": "memcached", "kafka": "kafka", "nats": "nats", "elasticsearch": "elasticsearch",
    "elastic": "elasticsearch", "es": "elasticsearch", "opensearch": "elasticsearch", "minio": "minio",
    "clickhouse": "clickhouse", "meilisearch": "meilisearch", "meili": "meilisearch",
    "typesense": "typesense",
}  # fmt: skip
_DATABASE_WORDS = frozenset({"db", "database", "sql", "rdbms"})
_DATABASES = frozenset({"postgres", "mysql", "mongo", "clickhouse", "cassandra", "couchdb"})


@dataclass(frozen=True, slots=True)
class Change:
    """A value that is another one in this worktree.

    Attributes:
        key: The variable.
        old: Its value in main.
        new: Its value here.
        reason: Why, in a few words.
    """

    key: str
    old: str
    new: str
    reason: str


def rewrite(values: Mapping[str, str], around: Surroundings, *, inside: frozenset[str]) -> tuple[Change, ...]:
    """Return the values that change for a worktree, in the order of the values.

    Addresses of main's published ports become this worktree's; shared services that containers look for on
    their own localhost get their names; brokers get this worktree's own Redis database.

    Args:
        values: Main's values, not expanded.
        around: The own and the shared services.
        inside: The keys whose values containers read.
    """
    steps = (_addresses, _pairs, _ports, _brokers)
    now = dict(values)
    reasons: dict[str, list[str]] = {}
    for step in steps:
        for key, (new, reason) in step(now, around, inside, frozenset(reasons)).items():
            if new != now[key]:
                now[key] = new
                reasons.setdefault(key, []).append(reason)
    return tuple(
        Change(key, values[key], now[key], "; ".join(dict.fromkeys(reasons[key])))
        for key in values
        if key in reasons
    )


def additions(values: Mapping[str, str], around: Surroundings) -> tuple[Change, ...]:
    """Return the variables that name this worktree's queue where values name its server alone."""
    return tuple(Change(key, "", new, why) for key, (new, why) in added_queues(values, around).items())


def _addresses(
    values: Mapping[str, str], around: Surroundings, inside: frozenset[str], _done: frozenset[str]
) -> dict[str, tuple[str, str]]:
    """URLs and `host:port` anywhere in a value."""
    found = {}
    for key, value in values.items():
        told = [
            (address, _answer(key, url.scheme, address, around, inside))
            for url in find(value)
            for address in url.addresses
        ]
        if key not in around.port_variables or not around.port_variables[key].services:
            told += [(address, _answer(key, "", address, around, inside)) for address in addresses(value)]
        edits = [(address.start, address.end, answer[0]) for address, answer in told if answer]
        reasons = dict.fromkeys(answer[1] for _, answer in told if answer)
        found[key] = (edit(value, edits), ", ".join(reasons))
    return found


def _answer(
    key: str, scheme: str, address: Address, around: Surroundings, inside: frozenset[str]
) -> tuple[str, str] | None:
    """Return what stands in this worktree where an address stood, and why; None where it stays."""
    host = address.host.lower()
    default = DEFAULT_PORTS.get(scheme.partition("+")[0])
    port = address.port or default
    if key in inside and _OF_THE_CONTAINER.search(key):
        return None
    local = host in LOOPBACK or (host in _EVERYWHERE and scheme in _WEB)
    if own := around.own_at(port):
        reason = f"{own.service} is on {own.published} here"
        if local:
            return f"{around.host}:{own.published}", reason
        if host.endswith(".localhost") or host == "host.docker.internal":
            return f"{address.host}:{own.published}", reason
    if host in LOOPBACK and key in inside and (shared := around.shared_at(port)):
        service, target = shared[0].service, shared[1]
        plain = address.port is None and target == default
        return service if plain else f"{service}:{target}", f"containers reach {service} by its name"
    return None


def _pairs(
    values: Mapping[str, str], around: Surroundings, inside: frozenset[str], _done: frozenset[str]
) -> dict[str, tuple[str, str]]:
    """Host variables, each with the port variable beside it, that name a shared service."""
    found = {}
    for key in values.keys() & inside:
        match = _HOST_KEY.fullmatch(key)
        if not match or values[key].lower() not in LOOPBACK:
            continue
        port_key = match["prefix"] + ("PORT" if match["suffix"].isupper() else "port")
        answer = _shared_for(match["prefix"], values.get(port_key, ""), around)
        if answer:
            service, port = answer
            reason = f"containers reach {service} by its name"
            found[key] = (service, reason)
            if port_key in values and port:
                found[port_key] = (str(port), reason)
    return found


def _shared_for(prefix: str, port: str, around: Surroundings) -> tuple[str, int | None] | None:
    if not re.fullmatch(r"[0-9]{1,5}", port):
        named = _named(prefix, around)
        return (named.service, None) if named else None
    if at := around.shared_at(int(port)):
        return at[0].service, at[1]
    named = _named(prefix, around)
    if named and any(target == int(port) for target, _ in named.ports):
        return named.service, None
    return None


def _named(prefix: str, around: Surroundings) -> SharedAddress | None:
    """Return the one shared service that a variable's prefix means: by its name, or by what it is."""
    words = frozenset(re.split(r"[_.\-]+", prefix.lower()))
    kinds = {_KIND_WORDS[word] for word in words & _KIND_WORDS.keys()}
    whole = prefix.lower().strip("_")
    for meant in (
        [one for one in around.shared if one.service.lower().replace("-", "_") == whole],
        [one for one in around.shared if one.service.lower() in words],
        [one for one in around.shared if one.kind in kinds],
        [one for one in around.shared if one.kind in _DATABASES and words & _DATABASE_WORDS],
    ):
        if meant:
            return meant[0] if len(meant) == 1 else None
    return None


def _ports(
    values: Mapping[str, str], around: Surroundings, inside: frozenset[str], done: frozenset[str]
) -> dict[str, tuple[str, str]]:
    """Variables that are a port of main's, alone or behind an address to bind."""
    found = {}
    for key, value in values.items():
        match = _PORT_VALUE.fullmatch(value)
        if not match or key in done:
            continue
        variable = around.port_variables.get(key)
        if variable:
            own = around.fed_by(variable, int(match["port"])) if variable.moves else None
        elif (own := around.own_at(int(match["port"]))) and (
            match["host"] or not _names_main(key, own, values, around, inside)
        ):
            own = None
        if own:
            found[key] = (
                f"{match['host'] or ''}{own.published}",
                f"{own.service} is on {own.published} here",
            )
    return found


def for_browsers(key: str) -> bool:
    """Return whether a variable's name says that browsers ask for its port, whoever reads it."""
    return bool(_OF_THE_BROWSER.search(key))


def _names_main(
    key: str, own: OwnPort, values: Mapping[str, str], around: Surroundings, inside: frozenset[str]
) -> bool:
    """Whether a variable with main's port in it means that port, not another machine's or the container's."""
    match = _PORT_KEY.fullmatch(key)
    if not match:
        return False
    hosts = [
        values[match["prefix"] + suffix].lower()
        for suffix in (*_HOST_SUFFIXES, *map(str.lower, _HOST_SUFFIXES))
        if match["prefix"] + suffix in values
    ]
    if any(host not in LOOPBACK | _EVERYWHERE for host in hosts):
        return False
    if key not in inside or not around.listens(own.main or 0) or for_browsers(key):
        return True
    # A server that listened on its container's loopback could not be reached: the pair is an address.
    return bool(match["prefix"]) and any(host in LOOPBACK for host in hosts)


def _brokers(
    values: Mapping[str, str], around: Surroundings, _inside: frozenset[str], _done: frozenset[str]
) -> dict[str, tuple[str, str]]:
    """Job queues on a shared Redis, which workers of several worktrees would otherwise empty together."""
    return moved_queues(values, around)
