"""Text that is safe to show: without anything that a terminal would interpret, reorder or hide."""

from __future__ import annotations

import re

__all__ = ["lines_of", "printable", "said_last", "shortened", "shown"]

# Colours, movements and titles, as programs write them: ECMA-48 control sequences and strings.
# Compiled where it is needed, which is seldom: few commands show what a program printed.
_SEQUENCE = (
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]"
    r"|[\x00-\x08\x0b-\x1f\x7f]"
)


def printable(text: str) -> str:
    r"""Return a name on one line: line ends, control and bidirectional characters escaped, such as `\n`."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text
    )


def shown(line: str) -> str:
    """Return a program's output line without colours, and with other unprintable characters escaped."""
    return "\t".join(map(printable, re.sub(_SEQUENCE, "", line).split("\t")))


def shortened(text: str, length: int) -> str:
    """Return a text of at most so many characters; "…" stands for the rest."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def lines_of(text: str) -> list[str]:
    r"""Return the lines of a program's output.

    They end with `\n` or `\r\n`. `str.splitlines` ends them at U+2028, U+0085, `\x1c` and the like too, which
    may stand in any name.
    """
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")] if text else []


def said_last(text: str, otherwise: str) -> str:
    """Return the line of a program's output that says why it failed; `otherwise` if there is none.

    That is the last one. Below `fatal: …`, git may add several lines of advice.
    """
    said = [line.strip() for line in lines_of(text) if line.strip()]
    fatal = [line for line in said if line.startswith("fatal: ")]
    return (fatal or said or [otherwise])[-1]
