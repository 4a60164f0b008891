"""Connections into containers of this machine, once it is certain that they reach the right one.

An address of a container is one of a network of its own, and where the engine is in a virtual machine or
elsewhere, the same address may be anybody's. So nothing is said before the kernel lists the other end of the
connection in the network of the container's own process:
https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..printable import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["connect_into"]

_PROC = Path("/proc")
# Over a bridge of this machine, connecting takes less than a millisecond.
_CONNECT_SECONDS = 0.2
# The prefix of IPv4 addresses in IPv6.
_MAPPED = bytes(10) + b"\xff\xff"


def connect_into(pid: int, addresses: Iterable[str], port: int) -> socket.socket | None:
    """Return a connection to a port in a process's network; None if it cannot be verified.

    Args:
        pid: The process.
        addresses: The IPv4 addresses that it should have there.
        port: The port.
    """
    if pid <= 0 or not (_PROC / str(pid)).is_dir():
        return None
    for address in addresses:
        try:
            connection = socket.create_connection((address, port), _CONNECT_SECONDS)
        except OSError:
            continue
        if _ends_at(connection, pid):
            return connection
        connection.close()
    return None


def _ends_at(connection: socket.socket, pid: int) -> bool:
    here, there = connection.getsockname(), connection.getpeername()
    return any(
        (_written(there, mapped), _written(here, mapped)) in _pairs(_PROC / str(pid) / "net" / table)
        for table, mapped in (("tcp", b""), ("tcp6", _MAPPED))
    )


def _pairs(table: Path) -> Iterator[tuple[str, str]]:
    """Yield the two ends of each connection in a kernel table."""
    try:
        rows = lines_of(table.read_text(encoding="ascii"))[1:]
    except OSError:
        return
    for row in map(str.split, rows):
        yield row[1], row[2]


def _written(place: tuple[str, int], mapped: bytes) -> str:
    """Return an address with its port as the kernel writes it: in words of its own byte order."""
    address = mapped + socket.inet_aton(place[0])
    words = (address[start : start + 4] for start in range(0, len(address), 4))
    return f"{''.join(f'{int.from_bytes(word, sys.byteorder):08X}' for word in words)}:{place[1]:04X}"
