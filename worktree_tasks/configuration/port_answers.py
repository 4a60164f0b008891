"""The answers of published ports, and whether they are enough for a service to be ready."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["DATA_PORTS", "DEBUGGER_PORTS", "PortAnswer", "answered", "scheme"]

# Ports of servers that speak no HTTP; a request would only be noise in their logs.
DATA_PORTS = frozenset({22, 25, 1025, 1433, 3306, 5432, 5672, 6379, 9092, 11211, 27017})
# Usual ports of debuggers, of Java, Python, Node and Go, which listen only when somebody debugs.
DEBUGGER_PORTS = frozenset({2345, 5005, 5678, 9229, 40000})
# How long to wait for a port without a listener, if that is a debugger's or others of the service have one.
_OTHERS_SECONDS = 10.0


class PortAnswer(Enum):
    """A port's answer: no listener, a connection closed on a request, another protocol, or HTTP."""

    NOBODY = "has no listener"
    HANGS_UP = "hangs up on HTTP"
    OTHER = "does not speak HTTP"
    BAD_REQUEST = "rejects plain HTTP requests"
    HTTP = "HTTP"
    HTTPS = "HTTPS"


def answered(answers: Collection[PortAnswer | None], seconds: float, *, optional: bool = False) -> bool:
    """Return whether a service's ports have answered.

    One that speaks HTTP or HTTPS is enough. A debugger's port may listen long before the pages do, so other
    ports are enough only if all listen, or if the rest has had no listener for a while.

    Args:
        answers: The last answers of its ports; None for one that is still being probed.
        seconds: How long they have been probed.
        optional: Whether the service may be ready though none of them ever has a listener.
    """
    if not answers or {PortAnswer.HTTP, PortAnswer.HTTPS} & set(answers):
        return True
    listening = [one not in (None, PortAnswer.NOBODY) for one in answers]
    return all(listening) or ((optional or any(listening)) and seconds >= _OTHERS_SECONDS)


def scheme(answer: PortAnswer | None) -> str | None:
    """Return `http` or `https`, or `other` for any other protocol; None while unknown."""
    if answer in (None, PortAnswer.NOBODY):
        return None
    return {PortAnswer.HTTPS: "https", PortAnswer.HTTP: "http", PortAnswer.BAD_REQUEST: "http"}.get(
        answer, "other"
    )
