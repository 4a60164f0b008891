"""The shared Redis servers of job queues, asked inside their own containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.compose.workers import queues_in, shared_addresses
from ...configuration.env import brokers
from ...configuration.env.targets import Surroundings
from ...once import once_each
from ...parallel import Early
from ...printable import lines_of
from .surroundings import values_of

if TYPE_CHECKING:
    from ...configuration.env.brokers import RedisServer
    from .project import Project

__all__ = ["DATABASES", "ask_ahead", "empty_database", "room_of", "size_of"]

# What a Redis has that is not told otherwise: https://github.com/redis/redis/blob/7.4/redis.conf
DATABASES = 16

_ROOM = (("CONFIG", "GET", "databases"), ("INFO", "keyspace"))
# All at once: to start a program in a container takes longer than all that it does there.
_EMPTY = """
size=$(redis-cli "$@" DBSIZE); echo "$size"
case $size in ''|*[!0-9]*|0) ;; *) redis-cli "$@" FLUSHDB >/dev/null; redis-cli "$@" DBSIZE ;; esac
"""
_BOTH = "; ".join(f'redis-cli "$@" {" ".join(words)}' for words in _ROOM)


def room_of(project: Project, server: RedisServer) -> tuple[int, frozenset[int] | None]:
    """Return how many databases a server has, and which hold something, where it tells."""
    said = _asked(project).take(server, lambda: _room(project, server))
    # Words stand between the numbers, also in a complaint.
    limit = next((int(word) for word in said.split() if word.isdigit()), DATABASES)
    return limit, brokers.filled_databases(said)


def ask_ahead(project: Project) -> None:
    """Ask the servers of main's queues what `room_of` asks next, which has its answer then."""
    services = project.services
    queues = queues_in(services, project.model, project.settings, project.env_values)
    addresses = shared_addresses(services, project.model)
    around = Surroundings(addresses, own=(), host="", brokers=queues.keys, added=queues.added)
    for server in brokers.redis_servers(values_of(project, services), around):
        _asked(project).begin(server, lambda: _room(project, server))  # noqa: B023 - asked at once


@once_each
def _asked(_: Project) -> Early[str]:
    return Early()


def _room(project: Project, server: RedisServer) -> str:
    argv = ["sh", "-c", _BOTH, "sh", *_user(server)]
    said = project.runtime.exec_shared(project, server.service, argv, env=_secret(server))
    # An image may have no shell.
    return said or "\n".join(_ask(project, server, *words) for words in _ROOM)


def empty_database(project: Project, server: RedisServer, number: int) -> tuple[int | None, int | None]:
    """Delete what a database holds; return how many keys it had and has, None where that cannot be told."""
    argv = ["sh", "-c", _EMPTY, "sh", *_user(server), "-n", str(number)]
    said = project.runtime.exec_shared(project, server.service, argv, env=_secret(server))
    if said is not None:
        told = [int(line) if line.strip().isdigit() else None for line in lines_of(said)] or [None]
        return told[0], told[-1]
    before = size_of(project, server, number)
    if not before:
        return before, before
    _ask(project, server, "-n", str(number), "FLUSHDB")
    return before, size_of(project, server, number)


def size_of(project: Project, server: RedisServer, number: int) -> int | None:
    """Return how many keys a database has; None when it cannot be told."""
    said = _ask(project, server, "-n", str(number), "DBSIZE").strip()
    return int(said) if said.isdigit() else None


def _ask(project: Project, server: RedisServer, *words: str) -> str:
    """Return what a server answers; nothing when it does not run."""
    argv = ["redis-cli", *_user(server), *words]
    return project.runtime.exec_shared(project, server.service, argv, env=_secret(server)) or ""


def _user(server: RedisServer) -> tuple[str, ...]:
    return ("--user", server.user) if server.user else ()


def _secret(server: RedisServer) -> dict[str, str]:
    return {"REDISCLI_AUTH": server.password} if server.password else {}
