"""Schedulers: two of them on one database add every job twice, so that most run in main only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..env.urls import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .job_duties import Duties

__all__ = ["has_all_data", "why_held_back"]

# Servers that jobs are in or work on.
_DATA = frozenset({
    "cassandra", "clickhouse", "couchdb", "faktory", "kafka", "mongo", "mysql", "nats", "postgres",
    "rabbitmq", "redis",
})  # fmt: skip
_SCHEMES = frozenset({
    "amqp", "amqps", "mariadb", "mongodb", "mysql", "postgis", "postgres", "postgresql", "pyamqp", "redis",
    "rediss", "valkey",
})  # fmt: skip


def why_held_back(duties: Duties) -> str:
    """Return why a service is not started beside main's scheduler; empty where it has to be, or can be."""
    if not duties.schedulers or duties.serves or duties.command is not None:
        return ""
    told = ", ".join(dict.fromkeys(map(str, duties.schedulers)))
    return (
        f"{told} is a scheduler, and would add every job twice; the setting schedulers names those that start"
    )


def has_all_data(owned: Mapping[str, bool], kinds: Mapping[str, str | None], values: Iterable[str]) -> bool:
    """Return whether all that the jobs of a worktree work on is its own.

    Args:
        owned: Whether each service is own.
        kinds: What data server each service is; None for others.
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
