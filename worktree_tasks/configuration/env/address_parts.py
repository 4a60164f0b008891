"""Parts of addresses in separate variables, such as `REDIS_DB` beside `REDIS_HOST`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .expansion import expand
from .urls import DEFAULT_PORTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .address_targets import Surroundings

__all__ = ["names_server", "server_beside", "users_beside"]

# A variable that contains only a database or a virtual host.
_PART = re.compile(
    r"(?P<prefix>.*?)(?:DB|DATABASE|DB_?(?:NUM|NUMBER|INDEX|ID)|(?P<vhost>(?:DEFAULT_)?V_?HOST|VIRTUAL_HOST))\Z",
    re.IGNORECASE,
)
_USERS = ("USER", "USERNAME", "DEFAULT_USER", "LOGIN")
_OF_A_QUEUE = re.compile(r"REDIS|VALKEY|CELERY|BROKER|QUEUE|JOB|RQ_|SIDEKIQ|RABBIT|AMQP", re.IGNORECASE)


def server_beside(
    key: str, value: str, values: Mapping[str, str], around: Surroundings
) -> tuple[str, str] | None:
    """Return the shared server, and its kind, that a variable such as `REDIS_DB` belongs to."""
    match = _PART.fullmatch(key)
    if not match or "://" in value:
        return None
    kind = "rabbitmq" if match["vhost"] else "redis"
    if kind == "redis" and not value.isdigit():
        return None
    host = _host(match["prefix"], values)
    if not host and not _OF_A_QUEUE.search(match["prefix"]):
        return None
    server = (
        around.shared_by(expand(host, values), DEFAULT_PORTS["amqp" if match["vhost"] else "redis"])
        if host
        else around.only(kind)
    )
    return (server.service, kind) if server and server.kind == kind else None


def names_server(key: str, values: Mapping[str, str]) -> bool:
    """Return whether a variable with the server's host accompanies a variable such as `REDIS_DB`."""
    match = _PART.fullmatch(key)
    return bool(match and _host(match["prefix"], values))


def users_beside(key: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """Return the user in the variable that accompanies one such as `RABBITMQ_VHOST`, if any."""
    match = _PART.fullmatch(key)
    names = (f"{match['prefix']}{suffix}" for suffix in _USERS) if match else ()
    return tuple(expand(values[name], values) for name in names if values.get(name))[:1]


def _host(prefix: str, values: Mapping[str, str]) -> str:
    hosts = (values.get(prefix + suffix, "") for suffix in ("HOST", "HOSTNAME", "SERVER", "ADDR"))
    return next(filter(None, hosts), "")
