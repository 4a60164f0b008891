"""Virtual hosts of RabbitMQ in URLs: https://www.rabbitmq.com/docs/uri-spec."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from .urls import Url

__all__ = ["AMQP", "virtual_host_edit", "virtual_host_in", "virtual_host_name"]

AMQP = frozenset({"amqp", "amqps", "pyamqp", "librabbitmq"})
_PATH = re.compile(r"[^?#]*")
# RabbitMQ's limit is far above; names in its pages stay readable.
_LONGEST = 100


def virtual_host_in(tail: str) -> str:
    """Return the virtual host that the tail of a URL names; `/` where it names none."""
    path = _PATH.match(tail)
    return unquote(path[0].removeprefix("/")) or "/" if path else "/"


def virtual_host_edit(text: str, url: Url, name: str) -> tuple[int, int, str]:
    """Return what to replace so that a URL names a virtual host."""
    path = _PATH.match(text[url.tail : url.end])
    return (url.tail, url.tail + (path.end() if path else 0), f"/{quote(name, safe='')}")


def virtual_host_name(own: str, main: str) -> str:
    """Return the name of a worktree's virtual host in place of one of main's, distinct as those are."""
    rest = re.sub(r"[^A-Za-z0-9_.-]+", "-", main).strip("-")
    return f"{own}-{rest}"[:_LONGEST] if rest else own
