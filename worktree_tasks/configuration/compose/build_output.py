"""What a builder says of a step that failed, among all that a build prints."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["failed_step"]

_RULE = re.compile(r"-{6,}")
_SECONDS = re.compile(r"^\d+\.\d+ ")
# The classic builder's.
_BEGUN = re.compile(r"Step \d+/\d+ : | ---> Running in ")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def failed_step(lines: Sequence[str]) -> list[str]:
    """Return the step that failed and what it said; nothing where the output does not tell.

    Args:
        lines: What the build printed: BuildKit repeats the step between two rules, for the classic builder it
            is the last that began.
    """
    plain = [_COLOURS.sub("", line).rstrip() for line in lines]
    rules = [number for number, line in enumerate(plain) if _RULE.fullmatch(line)]
    for first, last in pairwise(rules):
        if plain[first + 1].startswith(" > "):
            said = [_SECONDS.sub("", line) for line in plain[first + 1 : last]]
            return [line for line in said if line.strip()]
    begun = [number for number, line in enumerate(plain) if _BEGUN.match(line)]
    return [line for line in plain[begun[-1] + 1 :] if line.strip()] if begun else []
