"""When a service is ready: the answers of its ports, and whether it serves anything at all."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["DATA_PORTS", "PortAnswer", "answered", "late_check", "scheme", "sleeps"]

# Ports of servers that speak no HTTP; a request would only be noise in their logs.
DATA_PORTS = frozenset({22, 25, 1025, 1433, 3306, 5432, 5672, 6379, 9092, 11211, 27017})
# How long to wait for a port without a listener if the service's other ports speak no HTTP.
_OTHERS_SECONDS = 10.0
# Docker runs a health check for the first time after its interval, in nanoseconds: by default 30 s.
_INTERVAL = 30_000_000_000
_SOON = 5_000_000_000


class PortAnswer(Enum):
    """A port's answer: no listener, a connection closed on a request, another protocol, or HTTP."""

    NOBODY = "has no listener"
    HANGS_UP = "hangs up on HTTP"
    OTHER = "does not speak HTTP"
    BAD_REQUEST = "calls a plain request bad"
    HTTP = "HTTP"
    HTTPS = "HTTPS"


def answered(answers: Collection[PortAnswer | None], seconds: float) -> bool:
    """Return whether a service's ports have answered.

    One that speaks HTTP or HTTPS is enough. A debugger's port may listen long before the pages do, so other
    ports are enough only if all listen, or if the rest has had no listener for a while.

    Args:
        answers: The last answers of its ports; None for one that is still being probed.
        seconds: How long they have been probed.
    """
    if not answers or {PortAnswer.HTTP, PortAnswer.HTTPS} & set(answers):
        return True
    listening = [one not in (None, PortAnswer.NOBODY) for one in answers]
    return all(listening) or (any(listening) and seconds >= _OTHERS_SECONDS)


def scheme(answer: PortAnswer | None) -> str | None:
    """Return `http` or `https`, or `other` for any other protocol; None while unknown."""
    if answer in (None, PortAnswer.NOBODY):
        return None
    return {PortAnswer.HTTPS: "https", PortAnswer.HTTP: "http", PortAnswer.BAD_REQUEST: "http"}.get(
        answer, "other"
    )


def late_check(healthcheck: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the command of a health check whose first run is late; nothing for others.

    Args:
        healthcheck: Its configuration in Docker.
    """
    if (healthcheck.get("Interval") or _INTERVAL) <= _SOON:
        return ()
    match healthcheck.get("Test") or ():
        case ["CMD-SHELL", text]:
            return ("/bin/sh", "-c", text)
        case ["CMD", *words]:
            return tuple(words)
        case _:
            return ()


_ENDLESS = re.compile(
    r"sleep (?:inf|infinity|\d+[smhd]?)|tail (?:-[fF]|--follow) /dev/null|cat|(?:ba|da|z|a)?sh(?: -[il]+)?"
)
_LOOP = re.compile(r"while (?:true|:|sleep \S+); ?do (?:sleep \S+|:|true); ?done;?")
_SHELL = re.compile(r"(?:/usr)?(?:/bin/)?(?:ba|da|z|a)?sh -\w*c ")
_ENTRY = re.compile(r"(?:\S*(?:entrypoint|tini|dumb-init|docker-init)\S*|--|-s|-g)$")
# Commands that may precede it in a shell's line, since they serve nothing.
_PASSING = re.compile(r"(?:echo|printf|true|:|cd|mkdir|chown|chmod|export|set|trap|exec)\b.*")


def sleeps(command: str) -> bool:
    """Return whether a container's command only keeps it running, so that others can run commands in it.

    Args:
        command: Its entry point and its arguments, as Docker writes them in one line.
    """
    words = " ".join(command.split())
    while (first := words.partition(" "))[2] and _ENTRY.match(first[0]):
        words = first[2]
    words = _SHELL.sub("", words, count=1).strip("'\" ")
    if loop := _LOOP.search(words):
        words = f"{words[: loop.start()]}sleep infinity{words[loop.end() :]}"
    parts = [part.strip() for part in re.split(r";|&&", words) if part.strip()]
    if not parts:
        return False
    last = re.sub(r"^(?:exec )?(?:/usr)?(?:/bin/)?", "", parts[-1])
    return bool(_ENDLESS.fullmatch(last)) and all(_PASSING.fullmatch(part) for part in parts[:-1])
