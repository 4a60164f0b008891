"""Whether a test of the shell holds, as far as its words tell."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["holds", "joined"]


def holds(test: Sequence[str]) -> bool | None:
    """Return whether a test such as `[ a = b ]` is true; None if unknown, or no test.

    Args:
        test: Its words, with known variables expanded.
    """
    words = list(test)
    negated = words[:1] == ["!"]
    words = words[1:] if negated else words
    if words[:1] == ["test"]:
        words = words[1:]
    elif len(words) > 1 and (words[0], words[-1]) in (("[", "]"), ("[[", "]]")):
        words = words[1:-1]
    else:
        return None
    if any("$" in word for word in words):
        return None
    result = _compared(words)
    return (not result) if negated and result is not None else result


def joined(before: bool | None, operator: str, last: bool | None) -> bool | None:
    """Return whether commands joined by `&&` or `||` succeed; after any other operator, the last decides."""
    if operator not in ("&&", "||"):
        return last
    decisive = operator == "||"
    if decisive in (before, last):
        return decisive
    return None if None in (before, last) else not decisive


def _compared(words: Sequence[str]) -> bool | None:
    match words:
        case [left, "=" | "==", right]:
            return fnmatchcase(left, right)
        case [left, "!=", right]:
            return not fnmatchcase(left, right)
        case ["-n", text]:
            return bool(text)
        case ["-z", text]:
            return not text
        case _:
            return None
