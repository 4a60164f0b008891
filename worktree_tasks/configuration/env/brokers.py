"""Brokers: which job queues are shared with other worktrees, and how a worktree gets its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ...quick_dataclasses import dataclass, field
from .address_parts import server_beside, users_beside
from .expansion import expand
from .urls import edit, find, port_of
from .virtual_hosts import AMQP, virtual_host_edit, virtual_host_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .address_targets import Surroundings
    from .urls import Url

__all__ = [
    "RedisServer",
    "filled_databases",
    "redis_brokers",
    "redis_databases",
    "redis_places",
    "redis_servers",
    "separate",
    "unseparated",
    "users_of",
    "virtual_hosts",
]

_REDIS = frozenset({"redis", "rediss", "valkey", "valkeys"})
# The query key for the database in socket URLs, in redis-py and in kombu.
_SOCKETS = {"unix": "db", "redis+unix": "db", "redis+socket": "virtual_host"}
_PATH = re.compile(r"(?:/(\d*)/?)?(?=[?#]|\Z)")
_QUERY = re.compile(r"(?<=[?&])(?P<key>db|virtual_host)=(?P<number>/?\d*)(?=[&#]|\Z)")


def separate(key: str, values: Mapping[str, str], around: Surroundings) -> str:
    """Return the value of a broker key with this worktree's own database or virtual host in it.

    That is a Redis database, or a virtual host on RabbitMQ. The value stays if it points to no shared server,
    if it cannot be separated, or if the worktree has none. References to other variables are resolved only if
    necessary.
    """
    value = values[key]
    resolved = expand(value, values)
    if beside := server_beside(key, resolved, values, around):
        service, kind = beside
        own = (
            around.virtual_host_for(resolved)
            if kind == "rabbitmq"
            else around.database_for(service, int(resolved or 0))
        )
        return value if own is None else str(own)
    ours = len(_shared_urls(resolved, around))
    if len(_shared_urls(value, around)) == ours and (separated := _separated(value, around)):
        return separated
    return _separated(resolved, around) or value


def redis_brokers(values: Mapping[str, str], around: Surroundings) -> tuple[str, ...]:
    """Return the broker keys on a shared Redis where a worktree can have its own database."""
    return tuple(key for key in values if key in around.brokers and redis_places(key, values, around))


def redis_places(key: str, values: Mapping[str, str], around: Surroundings) -> tuple[tuple[str, int], ...]:
    """Return the databases of shared Redis servers that a key names, by service; none if it cannot move."""
    text = expand(values[key], values)
    beside = server_beside(key, text, values, around)
    if beside and beside[1] == "redis":
        return ((beside[0], int(text or 0)),)
    urls = [url for url in _shared_urls(text, around) if _is_redis(url)]
    if not all(_database_edits(text, url, 0) for url in urls):
        return ()
    return tuple(
        dict.fromkeys(
            (_service(url, around), number)
            for url in urls
            for number in _databases(text[url.tail : url.end], socket=not url.addresses)
        )
    )


def virtual_hosts(key: str, values: Mapping[str, str], around: Surroundings) -> tuple[tuple[str, str], ...]:
    """Return the virtual hosts of shared RabbitMQ servers that a key names, by service."""
    text = expand(values[key], values)
    beside = server_beside(key, text, values, around)
    if beside and beside[1] == "rabbitmq":
        return ((beside[0], text or "/"),)
    return tuple(
        dict.fromkeys(
            (_service(url, around), virtual_host_in(text[url.tail : url.end]))
            for url in _shared_urls(text, around)
            if url.scheme in AMQP
        )
    )


def users_of(key: str, values: Mapping[str, str], around: Surroundings) -> tuple[str, ...]:
    """Return the users of a shared RabbitMQ: those in a key's URLs, or the one in a variable beside it."""
    text = expand(values[key], values)
    named = (
        unquote(text[slice(*url.user)].partition(":")[0])
        for url in _shared_urls(text, around)
        if url.scheme in AMQP
    )
    found = tuple(dict.fromkeys(user for user in named if user))
    return found or users_beside(key, values)


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A shared Redis in a broker's URL: its service and credentials."""

    service: str
    user: str = ""
    password: str = field(default="", repr=False)


def redis_servers(values: Mapping[str, str], around: Surroundings) -> tuple[RedisServer, ...]:
    """Return the shared Redis servers in broker URLs, once for each user."""
    found: dict[RedisServer, None] = {}
    for key in redis_brokers(values, around):
        text = expand(values[key], values)
        for url in _shared_urls(text, around):
            user, _, password = text[slice(*url.user)].partition(":")
            if url.addresses and _is_redis(url):
                found[RedisServer(_service(url, around), unquote(user), unquote(password))] = None
    return tuple(found)


def filled_databases(keyspace: str) -> frozenset[int] | None:
    """Return the databases with content, from the output of `INFO keyspace`; None if that is an error.

    Each has a line such as `db3:keys=12,expires=0,avg_ttl=0`: https://redis.io/docs/latest/commands/info/
    """
    if "# Keyspace" not in keyspace:
        return None
    return frozenset(int(number) for number in re.findall(r"^db(\d+):", keyspace, re.MULTILINE))


def unseparated(values: Mapping[str, str], around: Surroundings) -> tuple[str, ...]:
    """Return the broker keys on a shared server that a Redis database cannot separate, such as AMQP ones.

    Through them, jobs of one worktree may run in another's worker. Backends that only store results are left
    out unless they are on Redis, since results have unique ids.
    """
    return tuple(
        key
        for key, value in values.items()
        if key in around.brokers and _crosses(key, expand(value, values), around)
    )


def redis_databases(values: Mapping[str, str]) -> frozenset[int]:
    """Return the numbers of the Redis databases in the values; a URL without a number means 0."""
    found = {
        int(value)
        for key, value in values.items()
        if re.search(r"REDIS(_\w+)?_DB\Z", key, re.IGNORECASE) and re.fullmatch(r"[0-9]{1,5}", value)
    }
    for value in values.values():
        text = expand(value, values)
        for url in find(text):
            if url.scheme in _REDIS or url.scheme in _SOCKETS:
                found |= _databases(text[url.tail : url.end], socket=not url.addresses)
    return frozenset(found)


def _databases(tail: str, *, socket: bool) -> set[int]:
    named = {int(match["number"].lstrip("/") or 0) for match in _QUERY.finditer(tail)}
    path = None if socket else _PATH.match(tail)
    if path and path[1]:
        named.add(int(path[1]))
    return named or ({0} if socket or path else set())


def _crosses(key: str, text: str, around: Surroundings) -> bool:
    urls = _shared_urls(text, around)
    movable = [url for url in urls if _is_redis(url) or (url.scheme in AMQP and around.virtual_host)]
    if len(movable) < len(urls) and "RESULT" not in key.upper():
        return True
    return any(_is_redis(url) and not _database_edits(text, url, 0) for url in urls)


def _separated(text: str, around: Surroundings) -> str | None:
    edits: list[list[tuple[int, int, str]]] = []
    for url in _shared_urls(text, around):
        if _is_redis(url):
            named = _databases(text[url.tail : url.end], socket=not url.addresses)
            own = around.database_for(_service(url, around), min(named, default=0))
            if own is None:
                return None
            edits.append(_database_edits(text, url, own))
        elif url.scheme in AMQP and around.virtual_host:
            host = around.virtual_host_for(virtual_host_in(text[url.tail : url.end]))
            edits.append([virtual_host_edit(text, url, str(host))])
    if not edits or not all(edits):
        return None
    return edit(text, [one for several in edits for one in several])


def _service(url: Url, around: Surroundings) -> str:
    """Return the shared service that a URL names; empty if it names none."""
    # Programs on the host reach the same server through main's published port.
    for address in url.addresses:
        if found := around.shared_by(address.host, port_of(url.scheme, address)):
            return found.service
    redis = (one.service for one in around.shared if one.kind == "redis")
    return next(redis, "") if url.scheme in _SOCKETS else ""


def _database_edits(text: str, url: Url, database: int) -> list[tuple[int, int, str]]:
    """Return the edits that put a database into a URL; none if its path is not a database."""
    tail = text[url.tail : url.end]
    edits = [
        (url.tail + match.start("number"), url.tail + match.end("number"), str(database))
        for match in _QUERY.finditer(tail)
    ]
    if url.addresses:
        path = _PATH.match(tail)
        return [*edits, (url.tail, url.tail + path.end(), f"/{database}")] if path else []
    if not edits:
        at = url.tail + len(tail.partition("#")[0])
        edits.append((at, at, f"{'&' if '?' in tail else '?'}{_SOCKETS.get(url.scheme, 'db')}={database}"))
    return edits


def _shared_urls(text: str, around: Surroundings) -> list[Url]:
    return [url for url in find(text) if _service(url, around)]


def _is_redis(url: Url) -> bool:
    return url.scheme in (_REDIS if url.addresses else _SOCKETS)
