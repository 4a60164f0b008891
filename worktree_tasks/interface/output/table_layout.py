"""How a table fits a terminal: the columns' widths, and which columns are dropped if it is narrow. No I/O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass
from .table_rows import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from .table_rows import Cell, TableRow

__all__ = ["GAP", "MARK", "Column", "Layout", "choose", "fitted", "folded"]

GAP = "  "
# The mark before the current worktree; the others have blanks.
MARK = "* "
# The columns that a table must have; if they do not fit, each cell gets a line of its own.
_NEEDED = {"name": "", "state": "short", "url": ""}
# The others, most important first, each with the forms to try, best first.
_ORDER = (
    ("on", ("",)),
    ("services", ("count", "first", "ratio")),
    ("changes", ("short",)),
    ("branch", ("differs",)),
    ("database", ("",)),
    ("memory", ("",)),
    ("± base", ("",)),
    ("merged", ("",)),
    ("commit", ("",)),
)
# Columns that are shortened before a column is dropped, and their least widths.
_FLEXIBLE = {"name": 12, "branch": 12}
# What the remaining room is used for: columns that were shortened, and more detailed forms.
_WIDER = (("state", ""), ("name", None), ("branch", None), ("changes", ""), ("services", ""))


@dataclass(slots=True, frozen=True)
class Column:
    """A visible column: its name, the form of its cells, and its width."""

    name: str
    form: str
    width: int


@dataclass(slots=True, frozen=True)
class Layout:
    """What fits; no columns if only stacked lines fit."""

    columns: tuple[Column, ...]
    marked: bool = False

    @property
    def stacked(self) -> bool:
        """Whether each worktree takes several lines."""
        return not self.columns


def choose(rows: Sequence[TableRow], width: int, measure: Callable[[str], int] = len) -> Layout:
    """Decide which columns a terminal shows, in which form, and how wide.

    Args:
        rows: The rows to show.
        width: The terminal's width.
        measure: Returns how many terminal cells a text takes.
    """
    marked = any(row.here for row in rows)
    sizes = _Sizes(rows, measure)
    room = width - len(MARK) * marked
    chosen = {column: sizes.least(column, form) for column, form in _NEEDED.items() if sizes.filled(column)}
    if _total(chosen.values()) > room:
        return Layout((), marked)
    for column, forms in _order(rows):
        if sizes.filled(column):
            tried = (sizes.least(column, form) for form in forms)
            fits = next((one for one in tried if _total([*chosen.values(), one]) <= room), None)
            if fits is None:
                break
            chosen[column] = fits
    for column, form in _WIDER:
        if column in chosen:
            now = chosen[column]
            left = room - _total(chosen.values()) + now.width
            wanted = now.form if form is None else form
            size = sizes.whole(column, wanted)
            if size <= left or form is None:
                chosen[column] = Column(column, wanted, min(size, left))
    return Layout(tuple(chosen[column] for column in COLUMNS if column in chosen), marked)


@dataclass(slots=True, frozen=True)
class _Sizes:
    """The widths of columns for some rows."""

    rows: Sequence[TableRow]
    measure: Callable[[str], int]

    def filled(self, column: str) -> bool:
        """Return whether a column has any content."""
        return any(row.cell(column) for row in self.rows)

    def whole(self, column: str, form: str) -> int:
        """Return the width that shows a column in full."""
        return max(len(column), *(self.measure(_text(row.cell(column, form))) for row in self.rows))

    def least(self, column: str, form: str) -> Column:
        """Return a column at its least width in a form."""
        size = self.whole(column, form)
        return Column(column, form, min(size, max(len(column), _FLEXIBLE.get(column, size))))


def _order(rows: Iterable[TableRow]) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Return the columns by importance; branches come last if they add nothing to the names."""
    if all(row.redundant for row in rows):
        return (*(one for one in _ORDER if one[0] != "branch"), ("branch", ("",)))
    return _ORDER


def _total(columns: Iterable[Column]) -> int:
    widths = [one.width for one in columns]
    return sum(widths) + len(GAP) * max(0, len(widths) - 1)


def _text(cell: Cell) -> str:
    return "".join(text for text, _ in cell)


def fitted(cell: Cell, width: int, measure: Callable[[str], int] = len) -> Cell:
    """Return a cell that fits a width: shortened in the middle, so that its end stays visible."""
    text = _text(cell)
    if measure(text) <= width:
        return cell
    head, tail = "", ""
    while True:
        more = (
            (head + text[len(head)], tail) if len(head) <= len(tail) else (head, text[-1 - len(tail)] + tail)
        )
        if measure(f"{more[0]}…{more[1]}") > width:
            break
        head, tail = more
    return ((f"{head}…{tail}", cell[0][1]),)


def folded(line: str, width: int) -> list[str]:
    """Split a line of columns that is too long: the columns that fit, then the others below.

    Each column stays on one line, since it may be a command to copy.
    """
    margin = line[: len(line) - len(line.lstrip())]
    begin, *gaps_and_columns = re.split(r"(?<=\S)( {2,})", line)
    beneath: list[str] = []
    for gap, column in zip(gaps_and_columns[::2], gaps_and_columns[1::2], strict=True):
        if beneath or len(begin + gap + column) > width:
            beneath.append(f"{margin}    {column}")
        else:
            begin += gap + column
    return [begin, *beneath]
