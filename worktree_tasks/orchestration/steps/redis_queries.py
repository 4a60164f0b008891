"""Query the shared Redis servers of job queues, by a connection or with redis-cli in their containers."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ...configuration.compose.workers import queues_in, shared_addresses
from ...configuration.env import brokers
from ...configuration.env.address_targets import Surroundings
from ...lazy_values import once_each
from ...machine.redis_connection import ask_redis
from ...parallel import Early, each
from .address_targets import values_of

if TYPE_CHECKING:
    from ...configuration.env.brokers import RedisServer
    from .project import Project

__all__ = ["DATABASES", "ask_ahead", "empty_database", "room_of", "size_of"]

# The default number of databases: https://github.com/redis/redis/blob/7.4/redis.conf
DATABASES = 16

_PORT = 6379
# A server answers quickly, even under load.
_SECONDS = 1.0
_ROOM = (("CONFIG", "GET", "databases"), ("INFO", "keyspace"))


def room_of(project: Project, server: RedisServer) -> tuple[int, frozenset[int] | None]:
    """Return how many databases a server has, and which are not empty, None if unknown."""
    answer = _early_answer(project).take(server, lambda: _room(project, server))
    # The first number in the answer is the limit; an error message has none.
    limit = next((int(word) for word in answer.split() if word.isdigit()), DATABASES)
    return limit, brokers.filled_databases(answer)


def ask_ahead(project: Project) -> None:
    """Query the servers of main's queues early, so that `room_of` has its answer sooner."""
    services = project.services
    queues = queues_in(services, project.model, project.settings, project.env_values)
    addresses = shared_addresses(services, project.model)
    around = Surroundings(addresses, own=(), host="", brokers=queues.keys, added=queues.added)
    for server in brokers.redis_servers(values_of(project, services), around):
        _early_answer(project).begin(server, lambda: _room(project, server))  # noqa: B023 - called at once


@once_each
def _early_answer(_: Project) -> Early[str]:
    return Early()


def _room(project: Project, server: RedisServer) -> str:
    answers = _ask_directly(project, server, *_ROOM)
    return "\n".join(answers or each(lambda words: _ask(project, server, *words), _ROOM))


def empty_database(project: Project, server: RedisServer, number: int) -> tuple[int | None, int | None]:
    """Empty a database; return how many keys it had and has, None if unknown."""
    select = ("SELECT", str(number))
    if found := _ask_directly(project, server, select, ("DBSIZE",)):
        size = int(found[-1])
        after = _ask_directly(project, server, select, ("FLUSHDB",), ("DBSIZE",)) if size else found
        if after:
            return size, int(after[-1])
    before = size_of(project, server, number)
    if not before:
        return before, before
    _ask(project, server, "-n", str(number), "FLUSHDB")
    return before, size_of(project, server, number)


def size_of(project: Project, server: RedisServer, number: int) -> int | None:
    """Return how many keys a database has; None if unknown."""
    answer = _ask(project, server, "-n", str(number), "DBSIZE").strip()
    return int(answer) if answer.isdigit() else None


def _ask(project: Project, server: RedisServer, *words: str) -> str:
    """Return a server's answer; empty if it is not running."""
    argv = ["redis-cli", *_user(server), *words]
    return project.runtime.exec_shared(project, server.service, argv, env=_secret(server)) or ""


def _ask_directly(project: Project, server: RedisServer, *commands: tuple[str, ...]) -> tuple[str, ...]:
    """Return a server's answers to commands; empty if it refuses one, or a connection is not possible.

    This avoids starting a program in a container, which takes a tenth of a second.
    """
    connection = project.runtime.connection(project, server.service, _PORT)
    if connection is None:
        return ()
    password = (server.password,) if server.password else ()
    known = [("AUTH", *filter(None, (server.user,)), *password)] if password else []
    with connection, suppress(OSError):
        return ask_redis(connection, *known, *commands, seconds=_SECONDS)[len(known) :]
    return ()


def _user(server: RedisServer) -> tuple[str, ...]:
    return ("--user", server.user) if server.user else ()


def _secret(server: RedisServer) -> dict[str, str]:
    return {"REDISCLI_AUTH": server.password} if server.password else {}
