"""Brokers: which job queues are shared with other worktrees, and how a worktree gets its own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from .targets import DEFAULT_PORTS, LOOPBACK
from .urls import edit, find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .targets import Surroundings
    from .urls import Url

__all__ = [
    "RedisServer",
    "expand",
    "filled_databases",
    "redis_brokers",
    "redis_databases",
    "redis_servers",
    "separate",
    "unseparated",
]

_REDIS = frozenset({"redis", "rediss", "valkey", "valkeys"})
# The query key that names the database on a socket: redis-py's, and kombu's.
_SOCKETS = {"unix": "db", "redis+unix": "db", "redis+socket": "virtual_host"}
_PATH = re.compile(r"(?:/(\d*)/?)?(?=[?#]|\Z)")
_QUERY = re.compile(r"(?<=[?&])(?P<key>db|virtual_host)=(?P<number>/?\d*)(?=[&#]|\Z)")
_REFERENCE = re.compile(r"\$(?:\{(?P<name>\w+)(?::?-(?P<default>[^{}]*))?\}|(?P<bare>[A-Za-z_]\w*))")
_NESTED = 5
# References double with each round; a URL is shorter.
_LONGEST = 4096


def separate(key: str, values: Mapping[str, str], around: Surroundings) -> str:
    """Return the value of a broker key with this worktree's own Redis database in its URLs.

    The value stays where nothing points at a shared Redis, where it cannot be separated, or where there is no
    database to give. References to other variables are resolved only when they must be.
    """
    value, database = values[key], around.broker_database
    if database is None:
        return value
    resolved = expand(value, values)
    ours = len(_shared_urls(resolved, around))
    if len(_shared_urls(value, around)) == ours and (separated := _separated(value, around, database)):
        return separated
    return _separated(resolved, around, database) or value


def redis_brokers(values: Mapping[str, str], around: Surroundings) -> tuple[str, ...]:
    """Return the broker keys on a shared Redis that a database of its own separates from other worktrees."""
    return tuple(
        key
        for key, value in values.items()
        if key in around.brokers and _separated(expand(value, values), around, database=0) is not None
    )


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A shared Redis as a broker's URL names it: its service, and who may use it."""

    service: str
    user: str = ""
    password: str = field(default="", repr=False)


def redis_servers(values: Mapping[str, str], around: Surroundings) -> tuple[RedisServer, ...]:
    """Return the shared Redis servers that broker URLs name, each once for every user."""
    found: dict[RedisServer, None] = {}
    for key in redis_brokers(values, around):
        text = expand(values[key], values)
        for url in _shared_urls(text, around):
            user, _, password = text[slice(*url.user)].partition(":")
            for address in url.addresses if _is_redis(url) else ():
                named = around.shared_named(address.host)
                published = around.shared_at(address.port or DEFAULT_PORTS["redis"])
                service = named or (published[0] if published else None)
                if service:
                    found[RedisServer(service.service, unquote(user), unquote(password))] = None
    return tuple(found)


def filled_databases(keyspace: str) -> frozenset[int]:
    """Return the databases that hold something, from what `INFO keyspace` says.

    Each has a line such as `db3:keys=12,expires=0,avg_ttl=0`: https://redis.io/docs/latest/commands/info/
    """
    return frozenset(int(number) for number in re.findall(r"^db(\d+):", keyspace, re.MULTILINE))


def unseparated(values: Mapping[str, str], around: Surroundings) -> tuple[str, ...]:
    """Return the broker keys on a shared server that no Redis database can separate, such as AMQP ones.

    Jobs of one worktree may run in another's worker through them. Backends that only keep results are left
    out unless they are on Redis: results are found by their own ids.
    """
    return tuple(
        key
        for key, value in values.items()
        if key in around.brokers and _crosses(key, expand(value, values), around)
    )


def redis_databases(values: Mapping[str, str]) -> frozenset[int]:
    """Return the numbers of the Redis databases that the values name; a URL without a number means 0."""
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
    if any(not _is_redis(url) for url in urls) and "RESULT" not in key.upper():
        return True
    return any(_is_redis(url) for url in urls) and _separated(text, around, database=0) is None


def _separated(text: str, around: Surroundings, database: int) -> str | None:
    edits = [_database_edits(text, url, database) for url in _shared_urls(text, around) if _is_redis(url)]
    if not edits or not all(edits):
        return None
    return edit(text, [one for several in edits for one in several])


def _database_edits(text: str, url: Url, database: int) -> list[tuple[int, int, str]]:
    """Return what to replace so that a URL names a database; nothing when its path is no database."""
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
    return [url for url in find(text) if _is_shared(url, around)]


def _is_shared(url: Url, around: Surroundings) -> bool:
    for address in url.addresses:
        if around.shared_named(address.host):
            return True
        # Who runs on the host reaches the same server through main's published port.
        port = address.port or DEFAULT_PORTS.get(url.scheme.partition("+")[0])
        if address.host.lower() in LOOPBACK and around.shared_at(port):
            return True
    return url.scheme in _SOCKETS and any(one.kind == "redis" for one in around.shared)


def _is_redis(url: Url) -> bool:
    return url.scheme in (_REDIS if url.addresses else _SOCKETS)


def expand(value: str, values: Mapping[str, str]) -> str:
    """Return a value with its references to other variables resolved; those to unknown ones stay."""

    def resolve(match: re.Match[str]) -> str:
        known = values.get(match["name"] or match["bare"])
        return known or match["default"] or (match[0] if known is None else "")

    for _ in range(_NESTED):
        if "$" not in value or len(value) > _LONGEST:
            break
        value = _REFERENCE.sub(resolve, value)
    return value
