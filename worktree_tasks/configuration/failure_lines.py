"""Find the lines that say why a program failed, among its last lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..printable import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["cause_in", "lines_of_cause"]

_LONGEST = 200
# The cause is searched in this many last lines; earlier ones are about something else.
_NEAR = 40
_PREFIX = re.compile(r"^(?:npm (?:ERR!|error)|yarn|pnpm)\s+")
# Lines that package managers, task runners and database libraries add, and lines of a stack trace.
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
# Lines about Node's own files, in an error of another program.
_INSIDE_NODE = re.compile(r"^\s*at .*\bnode:[\w/]+:\d+|^node:internal/\S+:\d+$")
# How compilers show an error: the place, the line of code and a mark below it, in this order.
_PLACE = re.compile(r"^\S+:\d+$|^\s*File \".*\", line \d+")
_MARK = re.compile(r"^\s*[\^~]+$")


def cause_in(lines: Sequence[str]) -> str:
    """Return the line that most likely says why a program failed; empty if it printed nothing.

    Args:
        lines: Its last lines.
    """
    near = _near(lines)
    return shortened(_PREFIX.sub("", near[_error_lines(near)[1]].strip()), _LONGEST) if near else ""


def lines_of_cause(lines: Sequence[str], most: int) -> list[str]:
    """Return the lines that most likely say why a program failed, from the start of its last error.

    Args:
        lines: Its last lines.
        most: The maximum number of lines to return.
    """
    near = _near(lines)
    if not near:
        return []
    begin, cause = _error_lines(near)
    # Python prints the cause below its stack trace.
    first = min(cause, max(0, len(near) - most)) if begin is None else max(begin, cause - most + 1)
    return near[first : first + most]


def _near(lines: Sequence[str]) -> list[str]:
    """Return the lines in which to search for the cause."""
    plain = [line.rstrip() for line in lines if line.strip()]
    return [line for line in plain if not _INSIDE_NODE.search(line)][-_NEAR:]


def _error_lines(lines: Sequence[str]) -> tuple[int | None, int]:
    """Return the index of an error's first line, if it is recognizable, and of the line with the cause."""
    if raised := _after_traceback(lines):
        return raised
    plain = [_PREFIX.sub("", line.strip()) for line in lines]
    telling = [number for number, line in enumerate(plain) if line and not _NOISE.search(line)]
    for number in reversed(telling):
        if _RAISED.search(plain[number]):
            return _begin(lines, number), number
    worded = [number for number in telling if _WORDS.search(plain[number])]
    return None, (worded or telling or [len(lines) - 1])[-1]


def _after_traceback(lines: Sequence[str]) -> tuple[int, int] | None:
    """Return where Python's last traceback begins, and the line with the exception, which follows it."""
    starts = [number for number, line in enumerate(lines) if line.strip() == _TRACEBACK]
    rest = range(starts[-1] + 1, len(lines)) if starts else ()
    return next(((starts[-1], number) for number in rest if not lines[number][:1].isspace()), None)


def _begin(lines: Sequence[str], cause: int) -> int:
    """Return where an error begins: at its place in the code, if that is printed before it."""
    place = cause - 3
    marked = place >= 0 and _MARK.match(lines[cause - 1]) and _PLACE.match(lines[place])
    return place if marked else cause
