"""The order in which the services of a stack are started.

Applications compete for the processors while they start: what is started first answers much earlier, and the
rest hardly later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .port_answers import DATA_PORTS, DEBUGGER_PORTS
from .ports import publishing
from .service_states import page_ports

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .compose.model import Model
    from .compose.stack import Stack

__all__ = ["start_order"]

_NO_PAGES = DATA_PORTS | DEBUGGER_PORTS


def start_order(stack: Stack, model: Model, names: Sequence[str]) -> list[list[str]]:
    """Return the services to start, in groups that are started one after the other.

    First come the service with the page that people wait for, servers of data, and what neither publishes a
    port nor has a health check: that is only watched for a while, which is time for the others. All are one
    group if there is no such service, or if it needs another one: Compose knows how to start them.

    Only the service with the page may be started with the second group again. It is no job, which would
    repeat its work. The second group has a port, by whose absence a half-started stack is recognised.

    Args:
        stack: The worktree's stack.
        model: Its compose model.
        names: The services.
    """
    needs = {name: model.services[name].depends_on.keys() & {*names} for name in names}
    first = _with_page(stack)
    if first is None or first not in needs or needs[first] or _restarted_with(first, model, names):
        return [[*names]]
    needed = {other for others in needs.values() for other in others}
    with_ports = {port.service for port in stack.ports}
    data = {one.name for one in stack.services if one.kind}
    early = [
        name
        for name in names
        if not (needs[name] or name in needed)
        and (name in data or not (name in with_ports or model.services[name].health_check))
    ]
    rest = [name for name in names if name not in (first, *early)]
    if not publishing(stack.ports) & {*rest}:
        return [[*names]]
    return [[first, *early], rest]


def _with_page(stack: Stack) -> str | None:
    """Return the service with source of the project that serves the stack's page."""
    sources = {one.name for one in stack.services if one.because is None and one.kind is None}
    pages = (
        port.service
        for port in page_ports(stack.ports)
        if port.service in sources and port.scheme != "other" and port.target not in _NO_PAGES
    )
    return next(pages, None)


def _restarted_with(first: str, model: Model, names: Sequence[str]) -> bool:
    """Return whether Compose restarts another service when it recreates this one; it has to know of both."""
    others = (model.services[name].depends_on.get(first) for name in names)
    return any(one and one.raw.get("restart") for one in others)
