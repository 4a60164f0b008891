"""The table of `wt.list`: what stands in it, and which columns give way where it is narrow. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...configuration.words import spoken_size, spoken_time
from ...printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from ...configuration.results import Listing, MainCheckout, ServiceState, Worktree

__all__ = ["COLUMNS", "Cell", "Layout", "Row", "choose", "plain_lines", "rows_of", "stacked"]

COLUMNS = ("name", "branch", "state", "services", "url", "changes", "± base", "merged", "commit", "memory")
GAP = "  "
_BRANCH_WIDTH = 24
_WELL = frozenset({"running", "healthy"})
_LETTERS = {"modified": "M", "untracked": "?"}  # as in `git status --short`
_STATE_STYLES = {"running": "green", "starting": "yellow", "partial": "yellow", "missing": "red"}

Cell = tuple[tuple[str, str], ...]
"""Pieces of text, each with its style."""

# What gives way, in this order, until all fits: a column goes ("") or takes a shorter form. The name, the
# state and the URL never do: they are copied from here.
_REDUCTIONS = (
    ("memory", ""),
    ("commit", ""),
    ("branch", "redundant"),
    ("services", "trouble"),
    ("changes", "short"),
    ("branch", "cut"),
    ("merged", ""),
    ("services", "count"),
    ("± base", ""),
    ("services", ""),
    ("branch", ""),
    ("changes", ""),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        project: The project it belongs to.
        cells: Each column's forms, by the form's name; "" is the whole one.
        redundant: Whether the branch says no more than the name.
    """

    project: str
    cells: Mapping[str, Mapping[str, Cell]]
    redundant: bool = False

    def cell(self, column: str, form: str = "") -> Cell:
        """Return a cell in a form, or in its whole one where it has no such form."""
        forms = self.cells.get(column) or {}
        return forms.get(form, forms.get("", ()))


@dataclass(frozen=True, slots=True)
class Layout:
    """What fits: columns with the form that each has and its width; none when only stacked lines fit."""

    columns: tuple[tuple[str, str, int], ...]

    @property
    def stacked(self) -> bool:
        """Whether each worktree has several lines of its own."""
        return not self.columns


def rows_of(listing: Listing, now: float) -> tuple[Row, ...]:
    """Return the rows of a project: main, then its worktrees.

    Args:
        listing: What there is.
        now: Seconds since the epoch, from which ages count.
    """
    mains = _row(listing.project, "main", listing.main, now, {})
    return (mains, *(_row(listing.project, one.name, one, now, _own_cells(one)) for one in listing.worktrees))


def _row(
    project: str,
    name: str,
    of: MainCheckout | Worktree,
    now: float,
    more: Mapping[str, Mapping[str, Cell]],
) -> Row:
    branch = of.branch or ""
    age = spoken_time(max(0.0, now - of.last_commit)) if of.last_commit is not None else ""
    cells: dict[str, Mapping[str, Cell]] = {
        "name": _text(name, "bold"),
        "branch": {
            **(_text(branch) if branch else _text("(detached)", "dim")),
            "cut": _piece(_cut(printable(branch) or "(detached)", _BRANCH_WIDTH)),
        },
        "state": _text(of.state, _STATE_STYLES.get(of.state, "dim")),
        "services": _services(of.services),
        "commit": _text(age),
        "url": _text(next((port.url for one in of.services.values() for port in one.ports if port.url), "")),
        "memory": _text(spoken_size(of.memory) if of.memory is not None else ""),
        **more,
    }
    return Row(printable(project), cells, branch == "" or _same(branch, name))


def _own_cells(tree: Worktree) -> dict[str, Mapping[str, Cell]]:
    changes = tree.changes
    counts = ((changes.modified, "modified"), (changes.untracked, "untracked")) if changes else ()
    return {
        "url": _text(tree.url or ""),
        "changes": {
            **_text(", ".join(f"{number} {word}" for number, word in counts if number), "yellow"),
            "short": _piece(
                " ".join(f"{number}{_LETTERS[word]}" for number, word in counts if number), "yellow"
            ),
        },
        "± base": _text(f"+{changes.ahead} -{changes.behind}" if changes else ""),
        "merged": _text(tree.merged or "", "cyan"),
    }


def _text(text: str, style: str = "") -> dict[str, Cell]:
    return {"": _piece(text, style)}


def _piece(text: str, style: str = "") -> Cell:
    return ((printable(text), style),) if text else ()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _same(branch: str, name: str) -> bool:
    return re.sub(r"[^a-z0-9]+", "-", branch.lower()) == name.lower()


def _services(services: Mapping[str, ServiceState]) -> dict[str, Cell]:
    words = {name: _word(one) for name, one in services.items()}
    well = [name for name, word in words.items() if word in _WELL]
    count = f"{len(well)}/{len(words)}" if words else ""
    return {
        "": _joined((f"{name} {word}", _style(word)) for name, word in words.items()),
        "trouble": _joined(
            (name if word in _WELL else f"{name} {word}", _style(word)) for name, word in words.items()
        ),
        "count": _piece(count, "" if len(well) == len(words) else "yellow"),
    }


def _word(service: ServiceState) -> str:
    return service.health if service.state == "running" and service.health else service.state


def _style(word: str) -> str:
    return {"unhealthy": "red", "dead": "red", "restarting": "red", "starting": "yellow"}.get(
        word, "" if word in _WELL else "dim"
    )


def _joined(pieces: Iterable[tuple[str, str]]) -> Cell:
    spread = [part for piece in pieces for part in ((", ", ""), piece)]
    return tuple((printable(text), style) for text, style in spread[1:])


def choose(rows: Sequence[Row], width: int, measure: Callable[[str], int] = len) -> Layout:
    """Decide which columns a terminal shows, and in which form.

    Args:
        rows: What is to be shown.
        width: The terminal's width.
        measure: Tells how many places a text takes.
    """
    forms = {column: "" for column in COLUMNS if any(row.cell(column) for row in rows)}
    redundant = all(row.redundant for row in rows)
    for column, form in ((None, ""), *_REDUCTIONS):
        if column in forms:
            if form in ("", "redundant"):
                if form == "" or redundant:
                    del forms[column]
            else:
                forms[column] = form
        layout = _measured(rows, forms, measure)
        if _total(layout) <= width:
            return layout
    return Layout(())


def _measured(rows: Sequence[Row], forms: Mapping[str, str], measure: Callable[[str], int]) -> Layout:
    def wide(column: str, form: str) -> int:
        return max(measure("".join(text for text, _ in row.cell(column, form))) for row in rows)

    return Layout(
        tuple((column, form, max(len(column), wide(column, form))) for column, form in forms.items())
    )


def _total(layout: Layout) -> int:
    return sum(width for *_, width in layout.columns) + len(GAP) * max(0, len(layout.columns) - 1)


def stacked(row: Row) -> tuple[Cell, ...]:
    """Return the lines of a row for a terminal too narrow for a table; the name and the URL stand alone."""
    facts = [
        cell
        for cell in (
            () if row.redundant else row.cell("branch"),
            row.cell("services", "trouble"),
            row.cell("changes", "short"),
            row.cell("± base"),
        )
        if cell
    ]
    first = (*row.cell("name"), (" ", ""), *row.cell("state"))
    lines = [first, *([(("  ", ""), *row.cell("url"))] if row.cell("url") else [])]
    return (*lines, *((("  ", ""), *fact) for fact in facts))


def plain_lines(rows: Sequence[Row], *, projects: bool, memory: bool) -> list[str]:
    """Return the table for files and pipes: always the same columns, whole values, `-` for none.

    Args:
        rows: What is to be shown.
        projects: Whether the project's name is the first column.
        memory: Whether memory was measured.
    """
    columns = [column for column in COLUMNS if memory or column != "memory"]
    table = [["project"] * projects + columns]
    for row in rows:
        texts = ["".join(text for text, _ in row.cell(column)) for column in columns]
        table.append([row.project] * projects + [text or "-" for text in texts])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return [
        GAP.join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in table
    ]
