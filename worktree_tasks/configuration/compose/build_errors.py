"""Find the step that failed, and why, in the output of a build."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from ..failure_lines import cause_in
from .start_error_patterns import recognize_refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["build_cause", "failed_step"]

_RULE = re.compile(r"-{6,}")
_SECONDS = re.compile(r"^\d+\.\d+ ")
# Lines with which the classic builder begins a step.
_BEGUN = re.compile(r"Step \d+/\d+ : | ---> Running in ")
# The stage and the number before a step are dropped: ` > [web build 3/7] RUN make:`.
_STEP = re.compile(r"^ > \[[^\]]*\] (?P<step>.*?):?$")
_CACHE_KEY = re.compile(r"failed to compute cache key: |failed to calculate checksum of ref \S+: ")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def failed_step(lines: Sequence[str]) -> list[str]:
    """Return the step that failed and its output; nothing if the build's output does not show it.

    Args:
        lines: The output of the build. BuildKit repeats the failed step between two rules; with the classic
            builder it is the last one that began.
    """
    plain = [_COLOURS.sub("", line).rstrip() for line in lines]
    rules = [number for number, line in enumerate(plain) if _RULE.fullmatch(line)]
    for first, last in pairwise(rules):
        if plain[first + 1].startswith(" > "):
            output = [_SECONDS.sub("", line) for line in plain[first + 1 : last]]
            return [line for line in output if line.strip()]
    begun = [number for number, line in enumerate(plain) if _BEGUN.match(line)]
    return [line for line in plain[begun[-1] + 1 :] if line.strip()] if begun else []


def build_cause(step: Sequence[str], output: Sequence[str]) -> str:
    """Return in one line why a build failed: the step and the line with the cause, as far as known.

    Args:
        step: What `failed_step` returned.
        output: What Compose itself printed.
    """
    match = _STEP.match(step[0]) if step else None
    name = f"{match['step']}: " if match else ""
    if cause := cause_in(step[1:] if match else step):
        return f"{name}{cause}"
    refusal = recognize_refusal(output)
    return f"{name}{_CACHE_KEY.sub('', refusal.words)}" if refusal else name.removesuffix(": ")
