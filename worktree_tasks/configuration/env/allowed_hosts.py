"""Allowed hosts and cookie domains of programs, for a worktree with a host name of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .address_targets import LOOPBACK
from .urls import WEB_PORTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .address_targets import Surroundings
    from .urls import Edits

__all__ = ["host_names"]

# Django, Rails, Starlette, Vite and Laravel reject requests for other hosts, or their cookies.
_LET_IN = re.compile(r"(?:ALLOWED|TRUSTED)_?HOSTS?\Z", re.IGNORECASE)
# Laravel compares these with their ports, which main's address has not if it is the usual one.
_WITH_PORTS = re.compile(r"STATEFUL_?DOMAINS\Z", re.IGNORECASE)
_OF_COOKIES = re.compile(r"(?:COOKIE|SESSION)_?DOMAIN\Z", re.IGNORECASE)
_ITEM = re.compile(r"[\w.*:\[\]-]+")
_BETWEEN = re.compile(r"(?<=[\w\"'])(?:\s*[,;|]\s*|\s+)(?=[\w\"'.*])")


def host_names(values: Mapping[str, str], around: Surroundings) -> Edits:
    """Return lists of allowed hosts with this worktree's added, and cookie domains changed to it.

    A list keeps its entries: health checks and programs on this machine still use `localhost`.
    """
    named = around.host not in LOOPBACK
    found: Edits = {}
    for key, value in values.items():
        if named and _OF_COOKIES.search(key) and value.lower() in LOOPBACK:
            found[key] = (around.host, "cookies of this worktree are on its own host name")
        elif named and _LET_IN.search(key) and (longer := _with_host(value, around.host)):
            found[key] = (longer, "this worktree's pages are on that name")
        elif _WITH_PORTS.search(key):
            new = value
            for own in around.own:
                if own.main in WEB_PORTS and own.protocol == "tcp":
                    new = _with_host(new, f"{around.host}:{own.answered}") or new
            found[key] = (new, "this worktree's pages are on that port")
    return found


def _with_host(value: str, host: str) -> str | None:
    """Return a list of hosts with one added after `localhost`; None if not possible or not needed.

    Args:
        value: The list.
        host: The host that is added, with a port where its entries have one.
    """
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
