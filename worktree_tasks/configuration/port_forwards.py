"""Forwarded ports: which local port leads to which port of another machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..errors import Failure
from ..quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Forward", "choose_forwards", "localised", "published_in"]

_LAST = 65535
_IN_URL = re.compile(r"(?<=://)([^\s/:@]+|\[[0-9a-fA-F:]+\]):(\d+)")


@dataclass(slots=True, frozen=True)
class Forward:
    """A port on 127.0.0.1 here, and the port on 127.0.0.1 there that it is forwarded to."""

    local: int
    far: int


def choose_forwards(far: Iterable[int], taken: Callable[[int], bool]) -> tuple[Forward, ...]:
    """Choose a local port for each port there: the same number, or the next free one.

    Args:
        far: The ports there.
        taken: Returns whether a local port is in use.

    Raises:
        Failure: There is no free local port above one of them.
    """
    chosen: dict[int, int] = {}
    for port in sorted(far):
        free = (one for one in range(port, _LAST + 1) if one not in chosen and not taken(one))
        number = next(free, None)
        if number is None:
            raise Failure(
                f"port {port} cannot be forwarded: no port from there to {_LAST} is free here",
                "end the programs that use these ports",
                kind="no-free-port",
            )
        chosen[number] = port
    return tuple(Forward(local, port) for local, port in chosen.items())


def published_in(document: Any) -> frozenset[int]:  # noqa: ANN401 - whatever JSON has
    """Return the published ports in a document about a worktree."""
    if isinstance(document, dict):
        own = {document["published"]} if isinstance(document.get("published"), int) else frozenset[int]()
        return frozenset(own).union(*map(published_in, document.values()))
    if isinstance(document, list):
        return frozenset[int]().union(*map(published_in, document))
    return frozenset()


def localised(value: Any, ports: Mapping[int, int]) -> Any:  # noqa: ANN401 - whatever JSON has
    """Return a machine's document with its published ports, also those in URLs, replaced by local ones.

    Args:
        value: A document, or a part of one.
        ports: The local port for each port there.
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
