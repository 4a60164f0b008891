"""The order in which the services of a stack are started.

Applications compete for the processors while they start: what is started first answers much earlier, and the
rest hardly later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .port_answers import DATA_PORTS, DEBUGGER_PORTS
from .service_states import page_ports

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .compose.model import Model
    from .compose.stack import Stack

__all__ = ["start_order"]

_NO_PAGES = DATA_PORTS | DEBUGGER_PORTS


def start_order(stack: Stack, model: Model, names: Sequence[str]) -> list[list[str]]:
    """Return the services to start, in groups that are started one after the other.

    First come the service whose page people wait for, and those that neither publish a port nor have a health
    check: they are watched for a while, which is time for the others. Services that wait for one another are
    in one group, since Compose knows how to start them. Only the first one may be started with a later group
    again: it is no job, which would repeat its work.

    Args:
        stack: The worktree's stack.
        model: Its compose model.
        names: The services.
    """
    needs = {name: model.services[name].depends_on.keys() & {*names} for name in names}
    first = next((name for name in _pages(stack) if name in needs and not needs[name]), None)
    if first is None:
        return [[*names]]
    needed = {other for others in needs.values() for other in others}
    answering = {port.service for port in stack.ports}
    watched = [
        name
        for name in names
        if not (needs[name] or name in needed or name in answering or model.services[name].health_check)
    ]
    rest = [name for name in names if name not in (first, *watched)]
    return [group for group in ([first, *watched], rest) if group]


def _pages(stack: Stack) -> Iterator[str]:
    """Yield the services that may serve the stack's page, and have source of the project."""
    sources = {one.name for one in stack.services if one.because is None and one.kind is None}
    for port in page_ports(stack.ports):
        if port.service in sources and port.scheme != "other" and port.target not in _NO_PAGES:
            yield port.service
