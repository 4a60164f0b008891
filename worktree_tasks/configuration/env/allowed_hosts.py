"""Allowed hosts and cookie domains of programs, for a worktree with a host name of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .address_targets import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .address_targets import Surroundings
    from .urls import Edits

__all__ = ["host_names"]

# Django, Rails, Starlette, Vite and Laravel reject requests for other hosts, or their cookies.
_LET_IN = re.compile(r"(?:ALLOWED|TRUSTED)_?HOSTS?\Z|STATEFUL_?DOMAINS\Z", re.IGNORECASE)
_OF_COOKIES = re.compile(r"(?:COOKIE|SESSION)_?DOMAIN\Z", re.IGNORECASE)
_ITEM = re.compile(r"[\w.*:\[\]-]+")
_BETWEEN = re.compile(r"(?<=[\w\"'])(?:\s*[,;|]\s*|\s+)(?=[\w\"'.*])")


def host_names(values: Mapping[str, str], around: Surroundings) -> Edits:
    """Return lists of allowed hosts with this worktree's added, and cookie domains changed to it.

    A list keeps its entries: health checks and programs on this machine still use `localhost`.
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
    """Return a list of hosts with one added after `localhost`; None if not possible or not needed."""
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
