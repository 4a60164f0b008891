"""Find out what uses a port that a stack needs, and the command that frees it."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from ...machine.listeners import is_engines, listening
from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Owner", "owner_of"]

_CONTAINER = "container "


@dataclass(frozen=True, slots=True)
class Owner:
    """The owner of a port.

    Attributes:
        words: The owner in words, such as `container x's` or `node's (pid 12)`.
        command: The command that frees the port; if the owner is unknown, the one that shows it.
        known: Whether the owner is known.
    """

    words: str
    command: str
    known: bool = True

    @property
    def fix(self) -> str:
        """What to do first."""
        does = "frees it" if self.known else "shows which program has it; stop that one"
        return f"`{self.command}` {does}"


def owner_of(port: int, protocol: str, holders: Mapping[tuple[int, str], str]) -> Owner:
    """Return the owner of a port.

    Args:
        port: The port.
        protocol: `tcp` or `udp`.
        holders: The containers that publish ports, as `container x's`.
    """
    if programs := [one for one in listening(port, protocol) if not is_engines(one)]:
        named = " and ".join(f"{one.name}'s (pid {one.pid})" for one in programs)
        return Owner(named, f"kill {' '.join(str(one.pid) for one in programs)}")
    holder = holders.get((port, protocol), "")
    if holder.startswith(_CONTAINER):
        name = holder.removeprefix(_CONTAINER).removesuffix("'s")
        return Owner(holder, f"docker stop {shlex.quote(name)}")
    if sys.platform == "darwin":
        show = f"sudo lsof -nP -i{protocol.upper()}:{port}"
    else:
        show = f"sudo ss -{'lunp' if protocol == 'udp' else 'ltnp'} 'sport = :{port}'"
    return Owner(holder or "another program's", show, known=False)
