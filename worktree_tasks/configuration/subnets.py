"""Subnets: the range of addresses that a worktree's network gets."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from ..errors import Failure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["free_subnet", "overlaps"]


def free_subnet(
    pool: ipaddress.IPv4Network,
    prefix: int,
    avoided: Collection[ipaddress.IPv4Network | ipaddress.IPv6Network],
    held: Collection[str],
) -> str:
    """Return the first range of a pool that overlaps nothing; the whole pool if that is smaller.

    Raises:
        Failure: The pool is used up.
    """
    taken = [*avoided, *map(ipaddress.ip_network, held)]
    prefix = max(prefix, pool.prefixlen)
    for subnet in pool.subnets(new_prefix=prefix):
        if not overlaps(subnet, taken):
            return str(subnet)
    raise Failure(
        f"no free /{prefix} in {pool}",
        "set wt.subnets to a larger private range, or remove worktrees",
        kind="no-free-subnet",
    )


def overlaps(
    subnet: ipaddress.IPv4Network, others: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]
) -> bool:
    """Return whether a range overlaps any of some others."""
    return any(isinstance(other, ipaddress.IPv4Network) and subnet.overlaps(other) for other in others)
