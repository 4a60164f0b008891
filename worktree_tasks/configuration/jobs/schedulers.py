"""Schedulers: two on one database would add every job twice, so most run in main only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..env.urls import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .job_duties import Duties

__all__ = ["has_all_data", "why_held_back"]

# Servers that contain jobs, or data that jobs work on.
_DATA = frozenset({
    "cassandra", "clickhouse", "couchdb", "faktory", "kafka", "mongo", "mysql", "nats", "postgres",
    "rabbitmq", "redis",
})  # fmt: skip
_SCHEMES = frozenset({
    "amqp", "amqps", "mariadb", "mongodb", "mysql", "postgis", "postgres", "postgresql", "pyamqp", "redis",
    "rediss", "valkey",
})  # fmt: skip


def why_held_back(duties: Duties) -> str:
    """Return why a service is not started beside main's scheduler; empty if it must or may be started."""
    if not duties.schedulers or duties.serves or duties.command is not None:
        return ""
    names = ", ".join(dict.fromkeys(map(str, duties.schedulers)))
    return f"{names} is a scheduler, and would add every job twice; to start it, name it in wt.schedulers"


def has_all_data(owned: Mapping[str, bool], kinds: Mapping[str, str | None], values: Iterable[str]) -> bool:
    """Return whether all data that a worktree's jobs work on is its own.

    Args:
        owned: Whether each service is own.
        kinds: The kind of data server that each service is; None for other services.
        values: The environments of its services.
    """
    servers = {name for name, kind in kinds.items() if kind in _DATA}
    hosts = {
        address.host
        for value in values
        for url in find(value)
        if url.scheme.partition("+")[0] in _SCHEMES
        for address in url.addresses
    }
    return bool(servers) and all(owned[name] for name in servers) and hosts <= servers
