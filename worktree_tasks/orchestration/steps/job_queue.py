"""The Redis database of a worktree's job queue: leased, claimed when it is empty, emptied at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.env import brokers
from .surroundings import all_values, surroundings
from .unrecorded import broker_databases_elsewhere

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ...configuration.env.brokers import RedisServer
    from ...store import Record
    from .project import Site

__all__ = ["claim_broker", "empty_broker", "lease_broker", "next_broker_database"]

# What a Redis has that is not told otherwise: https://github.com/redis/redis/blob/7.4/redis.conf
_DATABASES = 16


def lease_broker(site: Site, record: Record) -> Record:
    """Lease a Redis database for the message broker: workers would run each other's jobs in a common one."""
    values = all_values(site)
    around = surroundings(site, record, ())
    crossing = list(brokers.unseparated(values, around))
    keys = brokers.redis_brokers(values, around)
    if keys and record.broker_database is None:
        candidates = _candidates(site, record, values)
        record = site.store.lease(
            record,
            "broker_database",
            lambda held: next((number for number in candidates if number not in set[object](held)), None),
        )
        if record.broker_database is None:
            crossing += keys
    for key in crossing:
        site.progress.note(
            f"{key} stays shared with main and the other worktrees, whose workers may take this one's jobs:"
            " set a queue or virtual host of its own through wt.env, or give Redis more --databases"
        )
    return record


def next_broker_database(site: Site, record: Record, held: Collection[int | None]) -> int | None:
    """Return the Redis database that a worktree's message broker would get; None when it needs none."""
    values = all_values(site)
    if not brokers.redis_brokers(values, surroundings(site, record, ())):
        return None
    return next((number for number in _candidates(site, record, values) if number not in held), None)


def _candidates(site: Site, record: Record, values: Mapping[str, str]) -> tuple[int, ...]:
    """Return the databases of the shared Redis that the project does not name and that hold nothing."""
    limit, filled = _DATABASES, frozenset[int]()
    server = _server(site, record, values)
    if server and _container(site, server.service):
        # Words stand between the numbers, also in a complaint.
        said = _redis(site, server, "CONFIG", "GET", "databases").split()
        limit = next((int(word) for word in said if word.isdigit()), _DATABASES)
        filled = brokers.filled_databases(_redis(site, server, "INFO", "keyspace"))
    used = brokers.redis_databases(values) | filled | broker_databases_elsewhere(site)
    return tuple(number for number in range(1, limit) if number not in used)


def claim_broker(site: Site, record: Record) -> None:
    """Record that a worktree's database was empty before its stack used it: only then is it emptied again."""
    if record.broker_database is None or record.broker_service is not None:
        return
    server = _server(site, record, all_values(site))
    if server and _size(site, server, record.broker_database) == 0:
        site.store.update(record, broker_service=server.service)


def empty_broker(site: Site, record: Record) -> str | None:
    """Delete what a worktree's jobs left in the Redis database that was claimed for it.

    Returns:
        What was done or why not, in words; None where nothing was claimed, or nothing is left.
    """
    number = record.broker_database
    if number is None or record.broker_service is None:
        return None
    where = f"Redis database {number} of {record.broker_service}"
    values = all_values(site)
    server = _server(site, record, values)
    if server is None or server.service != record.broker_service or number in brokers.redis_databases(values):
        return f"{where} stays as it is: main's settings are others now"
    size = _size(site, server, number)
    if size == 0:
        return None
    if size is not None:
        _redis(site, server, "-n", str(number), "FLUSHDB")
        size = _size(site, server, number)
    return f"{where} emptied" if size == 0 else f"{where} stays as it is: it does not answer"


def _server(site: Site, record: Record, values: Mapping[str, str]) -> RedisServer | None:
    """Return the shared Redis of the brokers; None when there is none, or several."""
    found = brokers.redis_servers(values, surroundings(site, record, ()))
    return found[0] if len({one.service for one in found}) == 1 else None


def _container(site: Site, service: str) -> str | None:
    """Return the id of a shared service's container when it runs."""
    container = site.main_containers().get(service)
    return container.id if container and container.state == "running" else None


def _size(site: Site, server: RedisServer, number: int) -> int | None:
    """Return how many keys a database has; None when it cannot be told."""
    said = _redis(site, server, "-n", str(number), "DBSIZE").strip()
    return int(said) if said.isdigit() else None


def _redis(site: Site, server: RedisServer, *words: str) -> str:
    """Return what Redis answers in its own container; nothing when it does not run."""
    container = _container(site, server.service)
    if container is None:
        return ""
    user = ["--user", server.user] if server.user else []
    secret = {"REDISCLI_AUTH": server.password} if server.password else {}
    return site.engine.output_of(container, ["redis-cli", *user, *words], env=secret) or ""
