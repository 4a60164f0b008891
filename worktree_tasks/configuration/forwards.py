"""Ports of another machine that are answered here: under which numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Forward", "choose_forwards", "localised", "published_in"]

_LAST = 65535
_IN_URL = re.compile(r"(?<=://)([^\s/:@]+|\[[0-9a-fA-F:]+\]):(\d+)")


class Forward(NamedTuple):
    """A port of 127.0.0.1 here, and the one of 127.0.0.1 there that answers on it."""

    local: int
    far: int


def choose_forwards(far: Iterable[int], taken: Callable[[int], bool]) -> tuple[Forward, ...]:
    """Return the number here of each port there: its own, or the next free one.

    Args:
        far: The ports there.
        taken: Tells whether something has a number here.

    Raises:
        Failure: There is no free number above one of them.
    """
    chosen: dict[int, int] = {}
    for port in sorted(far):
        free = (one for one in range(port, _LAST + 1) if one not in chosen and not taken(one))
        number = next(free, None)
        if number is None:
            raise Failure(
                f"port {port} cannot be forwarded: no port from there to {_LAST} is free here",
                "end what has them",
                kind="no-free-port",
            )
        chosen[number] = port
    return tuple(Forward(local, port) for local, port in chosen.items())


def published_in(document: Any) -> frozenset[int]:  # noqa: ANN401 - whatever JSON has
    """Return the ports with a page or another server behind them that a document of a worktree names."""
    if isinstance(document, dict):
        own = {document["published"]} if isinstance(document.get("published"), int) else frozenset[int]()
        return frozenset(own).union(*map(published_in, document.values()))
    if isinstance(document, list):
        return frozenset[int]().union(*map(published_in, document))
    return frozenset()


def localised(value: Any, ports: Mapping[int, int]) -> Any:  # noqa: ANN401 - whatever JSON has
    """Return what a machine said with the ports that it published, and all URLs, as they are answered here.

    Args:
        value: A document, or a part of one.
        ports: The number here of each port there.
    """
    if isinstance(value, dict):
        return {
            key: ports.get(one, one) if key == "published" and isinstance(one, int) else localised(one, ports)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [localised(one, ports) for one in value]
    if isinstance(value, str):
        return _IN_URL.sub(lambda found: f"{found[1]}:{ports.get(int(found[2]), found[2])}", value)
    return value
