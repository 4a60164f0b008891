"""How much memory this machine has, and how much is available."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["available_memory", "parse_memory"]


def available_memory() -> tuple[int, int] | None:
    """Return the available and the total bytes of memory; None if the system does not report them."""
    table = Path("/proc/meminfo")
    return parse_memory(table.read_text(encoding="ascii")) if table.is_file() else None


def parse_memory(text: str) -> tuple[int, int] | None:
    """Return the available and the total bytes from Linux's `/proc/meminfo`."""
    found = {key: int(number) << 10 for key, number in re.findall(r"^(\w+):\s+(\d+) kB$", text, re.MULTILINE)}
    if "MemAvailable" not in found or "MemTotal" not in found:
        return None
    return found["MemAvailable"], found["MemTotal"]
