"""The door to this machine: which ports are bound, what memory is left, where it has routes to."""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys
from pathlib import Path

from ..configuration.capacity import parse_memory
from ..printable import lines_of

__all__ = ["bound", "memory", "parse_routes", "routes"]


def bound(port: int, protocol: str, address: str) -> bool:
    """Return whether a program has a port of this machine.

    Args:
        port: The port.
        protocol: `tcp` or `udp`.
        address: The address that we would bind it on.
    """
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    for candidate in {address, "0.0.0.0", "127.0.0.1"}:  # noqa: S104 - bound for an instant, to ask
        with socket.socket(socket.AF_INET6 if ":" in candidate else socket.AF_INET, kind) as trial:
            # Without it, connections that ended a minute ago would count as a program.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((candidate, port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    return True
    return False


def memory() -> tuple[int, int] | None:
    """Return the available and the total bytes of memory; None where the system does not tell."""
    table = Path("/proc/meminfo")
    return parse_memory(table.read_text(encoding="ascii")) if table.is_file() else None


def routes() -> tuple[ipaddress.IPv4Network, ...]:
    """Return the ranges that this machine has routes to, such as a VPN's, where the system tells."""
    table = Path("/proc/net/route")
    return parse_routes(table.read_text(encoding="ascii")) if table.is_file() else ()


def parse_routes(text: str) -> tuple[ipaddress.IPv4Network, ...]:
    """Read Linux's routing table, without the default route."""
    rows = [line.split() for line in lines_of(text)[1:]]
    found = [ipaddress.IPv4Network((_address(row[1]), str(_address(row[7])))) for row in rows]
    return tuple(network for network in found if network.prefixlen)


def _address(hexadecimal: str) -> ipaddress.IPv4Address:
    # The kernel prints addresses in its own byte order.
    return ipaddress.IPv4Address(int(hexadecimal, 16).to_bytes(4, sys.byteorder))
