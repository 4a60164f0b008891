"""Host names that a program lets in, and those of its cookies, where a worktree has a name of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .address_targets import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .address_targets import Surroundings
    from .urls import Edits

__all__ = ["host_names"]

# Django, Rails, Starlette, Vite and Laravel refuse requests for other names, or those requests' cookies.
_LET_IN = re.compile(r"(?:ALLOWED|TRUSTED)_?HOSTS?\Z|STATEFUL_?DOMAINS\Z", re.IGNORECASE)
_OF_COOKIES = re.compile(r"(?:COOKIE|SESSION)_?DOMAIN\Z", re.IGNORECASE)
_ITEM = re.compile(r"[\w.*:\[\]-]+")
_BETWEEN = re.compile(r"(?<=[\w\"'])(?:\s*[,;|]\s*|\s+)(?=[\w\"'.*])")


def host_names(values: Mapping[str, str], around: Surroundings) -> Edits:
    """Return the lists of hosts that lack this worktree's, and the domains of cookies that are on main's.

    A list keeps what it has: health checks and programs on this machine go on asking for `localhost`.
    """
    if around.host in LOOPBACK:
        return {}
    found: Edits = {}
    for key, value in values.items():
        if _OF_COOKIES.search(key) and value.lower() in LOOPBACK:
            found[key] = (around.host, "cookies of this worktree are on its own host name")
        elif _LET_IN.search(key) and (longer := _with_host(value, around.host)):
            found[key] = (longer, "this worktree's pages are on that name")
    return found


def _with_host(value: str, host: str) -> str | None:
    """Return a list of hosts with a further one beside `localhost`; None where it has no place or need."""
    items = [(match[0].lower(), match) for match in _ITEM.finditer(value)]
    if any(item in ("*", host) or (item.startswith(".") and host.endswith(item)) for item, _ in items):
        return None
    at = next((match for item, match in items if item in LOOPBACK), None)
    if not at:
        return None
    quote = value[at.end() : at.end() + 1] if value[at.end() : at.end() + 1] in ("'", '"') else ""
    between = _BETWEEN.search(value)
    further = f"{quote}{between[0] if between else ','}{quote}{host}"
    return value[: at.end()] + further + value[at.end() :]
