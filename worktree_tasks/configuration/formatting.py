"""Sizes, times and names in words that fit one line, and rows of them in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "aligned",
    "spoken_age",
    "spoken_choice",
    "spoken_count",
    "spoken_list",
    "spoken_size",
    "spoken_time",
    "spoken_wait",
]

_MINUTE = 60
_STEP = 1024
_NAMED = 2
_TIMES = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def spoken_count(number: int, one: str, many: str = "") -> str:
    """Return a number of things, such as "2 files"; "" for none."""
    return f"{number} {one if number == 1 else many or one + 's'}" if number else ""


def spoken_list(names: Sequence[str], most: int) -> str:
    """Return at most so many names, and the number of the others, as in "a, b and 3 more"."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def spoken_choice(words: Sequence[str], last: str) -> str:
    """Return words with another one before the last, as in "a, b or c"."""
    return f" {last} ".join((*([", ".join(words[:-1])] if words[1:] else ()), *words[-1:]))


def spoken_wait(how: Mapping[str, str]) -> str:
    """Return which services are being waited for, with their state, as in `waiting for api (starting)`."""
    return f"waiting for {spoken_list([f'{name} ({word})' for name, word in how.items()], _NAMED)}"


def spoken_size(size: int) -> str:
    """Return a number of bytes as "12 bytes", "1.5 KiB" or "20 MiB"; a negative number means unknown."""
    if size < 0:
        return "size unknown"
    amount, unit = float(size), "bytes"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < _STEP:
            break
        amount, unit = amount / _STEP, larger
    return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 10 else f"{amount:.1f} {unit}"  # noqa: PLR2004 - two digits


def spoken_time(seconds: float) -> str:
    """Return a length of time in its largest unit, such as "3 days"."""
    size, unit = next(((size, unit) for size, unit in _TIMES if seconds >= size), _TIMES[-1])
    return spoken_count(int(seconds // size), unit) or "0 seconds"


def spoken_age(seconds: float | None) -> str:
    """Return how long ago something was: "just now", "5 minutes ago"; "" if unknown."""
    if seconds is None:
        return ""
    return f"{spoken_time(seconds)} ago" if seconds >= _MINUTE else "just now"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = ((f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows)
    return ["  ".join(cells).rstrip() for cells in padded]
