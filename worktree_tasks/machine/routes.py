"""The address ranges that this machine has routes to."""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path

from ..printable import lines_of

__all__ = ["parse_routes", "routes"]


def routes() -> tuple[ipaddress.IPv4Network, ...]:
    """Return the ranges that this machine has routes to, such as a VPN's, if the system reports them."""
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
