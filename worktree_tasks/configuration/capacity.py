"""Warnings when a machine's memory or a shared database's connections are nearly used up."""

from __future__ import annotations

import re

__all__ = ["connection_note", "memory_note", "parse_connections"]

# Below this much, a development stack of a few processes makes others swap or be killed.
_LEAST_BYTES = 1 << 30
_LEAST_PART = 0.1
_FULL = 0.8
_GIB = 1 << 30


def memory_note(available: int, total: int) -> str | None:
    """Return a warning about memory; None while there is enough.

    Args:
        available: Bytes that programs can still allocate.
        total: All bytes.
    """
    if available >= max(_LEAST_PART * total, min(_LEAST_BYTES, total / 4)):
        return None
    return (
        f"only {available / _GIB:.1f} of {total / _GIB:.1f} GiB of memory is available:"
        " wt.stop NAME or wt.stop-all frees some"
    )


def parse_connections(text: str) -> tuple[int, int] | None:
    """Return used and maximum connections from the output of `psql -At`, which separates them by `|`."""
    found = re.search(r"^(\d+)\|(\d+)$", text, re.MULTILINE)
    return (int(found[1]), int(found[2])) if found else None


def connection_note(service: str, used: int, most: int) -> str | None:
    """Return a warning about a database's connections; None while there are enough."""
    if used < _FULL * most:
        return None
    return (
        f"{service} uses {used} of at most {most} connections: wt.stop-all frees some,"
        f" or start {service} with -c max_connections={2 * most}"
    )
