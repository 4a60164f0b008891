"""Addresses by which a container reaches ports that main publishes on this machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...printable import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["host_addresses"]

_ADDRESS = re.compile(r"(?<![\w.-])(host\.(?:docker|containers)\.internal):(\d{2,5})(?!\d)")
_COMMENTS = ("#", "//", ";")


def host_addresses(text: str) -> Iterator[tuple[str, int]]:
    """Yield each address of this machine in a configuration file, with its port; not those in comments."""
    for line in lines_of(text):
        if not line.lstrip().startswith(_COMMENTS):
            yield from ((found[0], int(found[2])) for found in _ADDRESS.finditer(line))
