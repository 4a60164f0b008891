"""The table of `wt.list` as lines of styled pieces, and these with the terminal's escape codes.

Rich could do this too, but takes 30 ms to load; it is used only for tables that are refreshed in place.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ...lazy_modules import later
from ...machine.known_projects import standing
from ...printable import printable
from . import standard_streams
from .plain_table import stacked
from .table_layout import GAP, MARK, Layout, choose, fitted
from .table_rows import rows_of, standing_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich import cells

    from ...configuration.worktree_result import Listing
    from .table_rows import Cell, TableRow
else:
    (cells,) = later(None, "rich.cells")

__all__ = ["columns", "measure", "painted", "size", "table_lines"]

# https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters
_CODES = {"bold": "1", "dim": "2", "bold underline": "1;4", "red": "31", "green": "32", "yellow": "33"}
_SIZE = os.terminal_size((80, 24))


def columns() -> int:
    """Return the width of stdout's terminal."""
    given = os.environ.get("COLUMNS", "")
    return (int(given) if given.isdigit() else 0) or size().columns or _SIZE.columns


def size() -> os.terminal_size:
    """Return the size of stdout's terminal."""
    try:
        return os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return _SIZE


def painted(line: Cell) -> str:
    """Return a line with the escape codes for its styles, if colours are wanted."""
    if not standard_streams.coloured(sys.stdout):
        return "".join(text for text, _ in line)
    return "".join(f"\x1b[{_CODES[style]}m{text}\x1b[0m" if style else text for text, style in line)


def table_lines(listings: Sequence[Listing], width: int, now: float, *, projects: bool) -> Iterator[Cell]:
    """Yield the lines that show listings at a terminal's width, with the same columns for all projects."""
    directory = standing()
    here = standing_in(listings, directory) if directory else None
    tables = [rows_of(one, now, here) for one in listings]
    every = [row for rows in tables for row in rows]
    # A screen reader reads line by line, where columns mean little.
    layout = (
        Layout((), any(row.here for row in every))
        if standard_streams.is_plain()
        else choose(every, width, measure)
    )
    margin = " " * len(MARK) if layout.marked else ""
    if not layout.stacked:
        heads = ((((column.name, "bold"),), column.width) for column in layout.columns)
        yield _line(margin, heads)
    for number, (one, rows) in enumerate(zip(listings, tables, strict=True)):
        if projects:
            if number or layout.stacked:
                yield ()
            yield (
                (printable(one.project), "bold underline"), (GAP, ""), (printable(str(one.main.path)), "dim"),
            )  # fmt: skip
        yield from _table(rows, layout, width)


def _table(rows: Iterable[TableRow], layout: Layout, width: int) -> Iterator[Cell]:
    for row in rows:
        if layout.stacked:
            yield from stacked(row, width, measure, marked=layout.marked)
        else:
            mark = (MARK if row.here else " " * len(MARK)) if layout.marked else ""
            found = (
                (fitted(row.cell(column.name, column.form), column.width, measure), column.width)
                for column in layout.columns
            )
            yield _line(mark, found)


def _line(begin: str, parts: Iterable[tuple[Cell, int]]) -> Cell:
    line = [(begin, "")]
    for cell, size in parts:
        missing = size - measure("".join(text for text, _ in cell))
        line += [*cell, (" " * max(0, missing) + GAP, "")]
    while line and not line[-1][0].strip():
        line.pop()
    return tuple(line)


def measure(text: str) -> int:
    """Return how many terminal cells a text takes."""
    return len(text) if text.isascii() else cells.cell_len(text)
