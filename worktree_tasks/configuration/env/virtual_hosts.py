"""Virtual hosts of RabbitMQ in URLs: https://www.rabbitmq.com/docs/uri-spec."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from .urls import Url

__all__ = ["AMQP", "virtual_host_edit", "virtual_host_in", "virtual_host_name"]

AMQP = frozenset({"amqp", "amqps", "pyamqp", "librabbitmq"})
# Symfony has an exchange behind the virtual host, which it separates from that by a slash.
_PATH = re.compile(r"/%2f(?=/)|[^?#]*", re.IGNORECASE)
# RabbitMQ's limit is far above; names in its pages stay readable.
_LONGEST = 100


def virtual_host_in(tail: str) -> str:
    """Return the virtual host in the tail of a URL; `/` if it has none."""
    path = _PATH.match(tail)
    return unquote(path[0].removeprefix("/")) or "/" if path else "/"


def virtual_host_edit(text: str, url: Url, name: str) -> tuple[int, int, str]:
    """Return the edit that puts a virtual host into a URL."""
    path = _PATH.match(text[url.tail : url.end])
    return (url.tail, url.tail + (path.end() if path else 0), f"/{quote(name, safe='')}")


def virtual_host_name(own: str, main: str) -> str:
    """Return the name of a worktree's virtual host that replaces one of main's; each gets a different one."""
    rest = re.sub(r"[^A-Za-z0-9_.-]+", "-", main).strip("-")
    return f"{own}-{rest}"[:_LONGEST] if rest else own
