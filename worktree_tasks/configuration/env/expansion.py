"""Expansion: resolve references to other variables in a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["expand"]

_REFERENCE = re.compile(r"\$(?:\{(?P<name>\w+)(?::?-(?P<default>[^{}]*))?\}|(?P<bare>[A-Za-z_]\w*))")
_NESTED = 5
# References may double the length in each round; a URL is never this long.
_LONGEST = 4096


def expand(value: str, values: Mapping[str, str]) -> str:
    """Return a value with its references to other variables resolved, except those to unknown ones."""

    def resolve(match: re.Match[str]) -> str:
        known = values.get(match["name"] or match["bare"])
        return known or match["default"] or (match[0] if known is None else "")

    for _ in range(_NESTED):
        if "$" not in value or len(value) > _LONGEST:
            break
        value = _REFERENCE.sub(resolve, value)
    return value
