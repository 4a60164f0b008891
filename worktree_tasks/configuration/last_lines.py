"""Which of the last lines of a program that failed says why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["cause_in"]

_LONGEST = 200
# So far back is looked for the cause; what stands before that is about something else.
_NEAR = 40
_PREFIX = re.compile(r"^(?:npm (?:ERR!|error)|yarn|pnpm)\s+")
# What package managers, task runners and database libraries add, and lines of a stack.
_NOISE = re.compile(
    r"^(?:at |from |File \"|\.\.\. |\^|Node\.js v|info |\[SQL: |\(Background on this error"
    r"|Tasks: TOP|\(See full trace|errno |path |syscall |code |command )"
    r""
    r"|exit (?:code|status)|ELIFECYCLE|Lifecycle script|complete log of this run|^[\W_]*$"
)
_RAISED = re.compile(
    r"^(?:Caused by: |Unhandled exception\. |\*\* \()?(?:\w+(?:\.|::|\\))*\w*(?:Error|Exception)\b"
    r"|\((?:\w+::)*\w*(?:Error|Exception)\)$"
    r"|^(?:\S+ )?(?:panic|fatal(?: error)?|error)\b[: \]]",
    re.IGNORECASE,
)
_WORDS = re.compile(
    r"not found|no such|not (?:exist|allowed|permitted)|can(?:not|'t| not)|could not|unable|denied|refused"
    r"|in use|invalid|unknown|unrecogni[sz]ed|missing|required|fail|undefined|wrong",
    re.IGNORECASE,
)
_TRACEBACK = "Traceback (most recent call last):"


def cause_in(lines: Sequence[str]) -> str:
    """Return the line that most likely says why a program ended; empty where it said nothing.

    Args:
        lines: What it said last.
    """
    near = [line.rstrip() for line in lines if line.strip()][-_NEAR:]
    if raised := _after_traceback(near):
        return _cut(raised)
    plain = [_PREFIX.sub("", line.strip()) for line in near]
    telling = [line for line in plain if line and not _NOISE.search(line)]
    for sign in (_RAISED, _WORDS):
        if found := [line for line in telling if sign.search(line)]:
            return _cut(found[-1])
    return _cut((telling or plain or [""])[-1])


def _after_traceback(lines: Sequence[str]) -> str:
    """Return what Python raised last; it follows the indented lines of its stack."""
    starts = [number for number, line in enumerate(lines) if line.strip() == _TRACEBACK]
    rest = lines[starts[-1] + 1 :] if starts else ()
    return next((line for line in rest if not line[:1].isspace()), "")


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
