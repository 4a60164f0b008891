"""Brokers: which job queues are shared with other worktrees, and how a worktree gets its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .surroundings import DEFAULT_PORTS, LOOPBACK
from .urls import edit, find

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .surroundings import SharedAddress, Surroundings
    from .urls import Url

__all__ = ["redis_databases", "separate", "unseparated"]

_REDIS = frozenset({"redis", "rediss", "valkey", "valkeys"})
# The query key that names the database on a socket: redis-py's, and kombu's.
_SOCKETS = {"unix": "db", "redis+unix": "db", "redis+socket": "virtual_host"}
_PATH = re.compile(r"(?:/(\d*)/?)?(?=[?#]|\Z)")
_QUERY = re.compile(r"(?<=[?&])(?P<key>db|virtual_host)=(?P<number>/?\d*)(?=[&#]|\Z)")
_REFERENCE = re.compile(r"\$(?:\{(?P<name>\w+)(?::?-(?P<default>[^{}]*))?\}|(?P<bare>[A-Za-z_]\w*))")
_NESTED = 5


def separate(key: str, values: Mapping[str, str], around: Surroundings) -> str:
    """Return the value of a broker key with this worktree's own Redis database in its URLs.

    It is the value as it stands where nothing points at a shared Redis, where it cannot be separated, or
    where there is no database to give. References to other variables are resolved only when they must be.
    """
    value = values[key]
    resolved = _expand(value, values)
    ours = len(_shared_urls(resolved, around))
    if len(_shared_urls(value, around)) == ours and (separated := _separated(value, around)):
        return separated
    return _separated(resolved, around) or value


def unseparated(values: Mapping[str, str], around: Surroundings) -> tuple[str, ...]:
    """Return the broker keys whose jobs other worktrees could take, because they have no space of their own."""
    return tuple(
        key
        for key, value in values.items()
        if key in around.brokers and _crosses(key, _expand(value, values), around)
    )


def redis_databases(values: Mapping[str, str]) -> frozenset[int]:
    """Return the numbers of the Redis databases that the values name; a URL without a number means 0."""
    found = {
        int(value)
        for key, value in values.items()
        if re.search(r"REDIS(_\w+)?_DB\Z", key, re.IGNORECASE) and re.fullmatch(r"[0-9]{1,5}", value)
    }
    for value in values.values():
        text = _expand(value, values)
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
    redis = [url for url, _ in _shared_urls(text, around) if _is_redis(url)]
    others = [url for url, _ in _shared_urls(text, around) if not _is_redis(url)]
    # Results are found by their own ids: only those in Redis meet keys of the same name.
    return bool(others and "RESULT" not in key.upper()) or bool(redis and _separated(text, around) is None)


def _separated(text: str, around: Surroundings) -> str | None:
    database = around.broker_database
    redis = [url for url, _ in _shared_urls(text, around) if _is_redis(url)]
    edits = [_database_edits(text, url, database) for url in redis] if database is not None else []
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


def _shared_urls(text: str, around: Surroundings) -> list[tuple[Url, SharedAddress]]:
    pointed = ((url, _target(url, around)) for url in find(text))
    return [(url, target) for url, target in pointed if target is not None]


def _target(url: Url, around: Surroundings) -> SharedAddress | None:
    for address in url.addresses:
        if named := around.shared_named(address.host):
            return named
        # Who runs on the host reaches the same server through main's published port.
        port = address.port or DEFAULT_PORTS.get(url.scheme.partition("+")[0])
        if address.host.lower() in LOOPBACK and (at := around.shared_at(port)):
            return at[0]
    redis = [one for one in around.shared if one.kind == "redis"]
    return redis[0] if url.scheme in _SOCKETS and len(redis) == 1 else None


def _is_redis(url: Url) -> bool:
    return url.scheme in (_REDIS if url.addresses else _SOCKETS)


def _expand(value: str, values: Mapping[str, str]) -> str:
    """Resolve references to other variables; those to unknown ones stay."""

    def resolve(match: re.Match[str]) -> str:
        known = values.get(match["name"] or match["bare"])
        return known or match["default"] or (match[0] if known is None else "")

    for _ in range(_NESTED):
        if "$" not in value:
            break
        value = _REFERENCE.sub(resolve, value)
    return value
