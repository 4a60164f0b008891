"""The table of `wt.list` for terminals too narrow for columns, and for files and pipes. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.formatting import aligned
from .table_layout import MARK
from .table_rows import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .table_rows import Cell, TableRow

__all__ = ["plain_lines", "stacked"]


def stacked(
    row: TableRow, width: int, measure: Callable[[str], int] = len, *, marked: bool = False
) -> tuple[Cell, ...]:
    """Return the lines of a row for a terminal too narrow for a table; the URL has its own line.

    Args:
        row: The row.
        width: The terminal's width.
        measure: Returns how many terminal cells a text takes.
        marked: Whether one of the rows has the mark of the current checkout.
    """
    facts: tuple[Cell, ...] = (
        row.cell("url"),
        row.cell("on", "spoken"),
        row.cell("branch", "spoken"),
        row.cell("services", "count"),
        row.cell("changes"),
        row.cell("± base", "spoken"),
        row.cell("merged", "spoken"),
        row.cell("memory"),
    )
    mark = MARK if row.here else " " * len(MARK)
    name = (*(((mark, ""),) if marked else ()), *row.cell("name"))
    state = row.cell("state")
    first = (*name, *(((" ", ""), *state) if state else ()))
    if measure("".join(text for text, _ in first)) > width:
        first, facts = name, (state, *facts)
    margin = (" " * len(MARK) * (1 + marked), "")
    return (first, *((margin, *fact) for fact in facts if fact))


def plain_lines(rows: Sequence[TableRow], *, projects: bool, memory: bool) -> list[str]:
    """Return the table for files and pipes: the same columns, full values, `-` for none.

    The columns for machines and databases appear only if any worktree is on another machine or has its own
    database.

    Args:
        rows: The rows to show.
        projects: Whether the project's name is the first column.
        memory: Whether memory was measured.
    """
    shown = {"memory": memory, **{name: any(row.cell(name) for row in rows) for name in ("on", "database")}}
    columns = [column for column in COLUMNS if shown.get(column, True)]
    table = [["project"] * projects + columns]
    for row in rows:
        texts = ["".join(text for text, _ in row.cell(column)) for column in columns]
        table.append([row.project] * projects + [text or "-" for text in texts])
    return aligned(table)
