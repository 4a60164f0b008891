"""The Redis database of a worktree's job queue: leased, claimed when it is empty, emptied at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.compose.decisions import Change
from ...configuration.env import brokers
from .surroundings import all_values, surroundings
from .unrecorded import broker_databases_elsewhere

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ...configuration.env.brokers import RedisServer
    from .project import Project
    from .tree import Tree

__all__ = [
    "awaits_broker",
    "claim_broker",
    "empty_broker",
    "lease_broker",
    "next_broker_database",
    "queue_change",
    "renew_broker",
]

# What a Redis has that is not told otherwise: https://github.com/redis/redis/blob/7.4/redis.conf
_DATABASES = 16


def lease_broker(tree: Tree) -> None:
    """Lease a Redis database for the message broker: workers would run each other's jobs in a common one."""
    values = all_values(tree)
    around = surroundings(tree, ())
    crossing = list(brokers.unseparated(values, around))
    keys = brokers.redis_brokers(values, around)
    if keys and tree.record.broker_database is None:
        candidates = _candidates(tree, values)
        tree.lease(
            "broker_database",
            lambda held: next((number for number in candidates if number not in set[object](held)), None),
        )
        if tree.record.broker_database is None:
            crossing += keys
    for key in crossing:
        tree.project.progress.note(
            f"{key} stays shared with main and the other worktrees, whose workers may take this one's jobs:"
            " set a queue or virtual host of its own through wt.env, or give Redis more --databases"
        )


def awaits_broker(tree: Tree) -> bool:
    """Return whether a restored worktree gets another Redis database at its first start: its own is taken."""
    record = tree.record
    if not record.restored or record.compose_project is not None or record.broker_database is not None:
        return False
    return bool(brokers.redis_brokers(all_values(tree), surroundings(tree, ())))


def next_broker_database(tree: Tree, held: Collection[int | None]) -> int | None:
    """Return the Redis database that a worktree's message broker would get; None when it needs none."""
    values = all_values(tree)
    if not brokers.redis_brokers(values, surroundings(tree, ())):
        return None
    return next((number for number in _candidates(tree, values) if number not in held), None)


def _candidates(tree: Tree, values: Mapping[str, str]) -> tuple[int, ...]:
    """Return the databases of the shared Redis that the project does not name and that hold nothing."""
    limit, filled = _DATABASES, frozenset[int]()
    server = _server(tree, values)
    if server:
        # Words stand between the numbers, also in a complaint.
        said = _redis(tree.project, server, "CONFIG", "GET", "databases").split()
        limit = next((int(word) for word in said if word.isdigit()), _DATABASES)
        filled = brokers.filled_databases(_redis(tree.project, server, "INFO", "keyspace"))
    used = brokers.redis_databases(values) | filled | broker_databases_elsewhere(tree.project)
    return tuple(number for number in range(1, limit) if number not in used)


def queue_change(tree: Tree) -> tuple[Change, ...]:
    """Return what would be another Redis database of the message broker today: main names the leased one."""
    number = tree.record.broker_database
    values = all_values(tree)
    if number is None:
        return ()
    subject = "the Redis database of the job queue"
    if not brokers.redis_brokers(values, surroundings(tree, ())):
        return (Change(subject, str(number), "none", "no worker of this worktree has a Redis broker"),)
    if number not in brokers.redis_databases(values):
        return ()
    held = tree.project.store.held(tree.record, "broker_database")
    renewed = next((str(one) for one in _candidates(tree, values) if one not in held), "shared")
    return (Change(subject, str(number), renewed, f"main uses {number} itself"),)


def renew_broker(tree: Tree) -> str | None:
    """Give up the Redis database of a stopped worktree; return what became of its jobs, in words."""
    told = empty_broker(tree)
    tree.update(broker_database=None, broker_service=None)
    return told


def claim_broker(tree: Tree) -> None:
    """Record that a worktree's database was empty before its stack used it: only then is it emptied again."""
    if tree.record.broker_database is None or tree.record.broker_service is not None:
        return
    server = _server(tree, all_values(tree))
    if server and _size(tree.project, server, tree.record.broker_database) == 0:
        tree.update(broker_service=server.service)


def empty_broker(tree: Tree) -> str | None:
    """Delete what a worktree's jobs left in the Redis database that was claimed for it.

    Returns:
        What was done or why not, in words; None where nothing was claimed, or nothing is left.
    """
    number = tree.record.broker_database
    if number is None or tree.record.broker_service is None:
        return None
    where = f"Redis database {number} of {tree.record.broker_service}"
    values = all_values(tree)
    server = _server(tree, values)
    if (
        server is None
        or server.service != tree.record.broker_service
        or number in brokers.redis_databases(values)
    ):
        return f"{where} stays as it is: main's settings are others now"
    size = _size(tree.project, server, number)
    if size == 0:
        return None
    if size is not None:
        _redis(tree.project, server, "-n", str(number), "FLUSHDB")
        size = _size(tree.project, server, number)
    return f"{where} emptied" if size == 0 else f"{where} stays as it is: it does not answer"


def _server(tree: Tree, values: Mapping[str, str]) -> RedisServer | None:
    """Return the shared Redis of the brokers; None when there is none, or several."""
    found = brokers.redis_servers(values, surroundings(tree, ()))
    return found[0] if len({one.service for one in found}) == 1 else None


def _size(project: Project, server: RedisServer, number: int) -> int | None:
    """Return how many keys a database has; None when it cannot be told."""
    said = _redis(project, server, "-n", str(number), "DBSIZE").strip()
    return int(said) if said.isdigit() else None


def _redis(project: Project, server: RedisServer, *words: str) -> str:
    """Return what Redis answers in its own container; nothing when it does not run."""
    argv = ["redis-cli", *(["--user", server.user] if server.user else []), *words]
    secret = {"REDISCLI_AUTH": server.password} if server.password else {}
    return project.runtime.exec_shared(project, server.service, argv, env=secret) or ""
