"""The cells of `wt.list`'s table for main and each worktree. No I/O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...configuration.formatting import spoken_size, spoken_time
from ...configuration.stack_phase import phase_of
from ...configuration.worktree_result import UNKNOWN
from ...printable import printable
from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from ...configuration.worktree_result import (
        Listing,
        MainCheckout,
        ServiceState,
        Worktree,
        WorktreeChanges,
    )

__all__ = ["COLUMNS", "Cell", "TableRow", "rows_of", "standing_in"]

COLUMNS = (
    *("name", "on", "branch", "state", "services", "database", "url"),
    *("changes", "± base", "merged", "commit", "memory"),
)
_LETTERS = {"modified": "M", "untracked": "?"}  # as in `git status --short`
# Yellow is for what the user has to decide about.
_PHASE_STYLES = {"ready": "green", "degraded": "yellow", "half-made": "yellow", "missing": "yellow"}
_ILL = frozenset({"unhealthy", "dead", "restarting", "exited"})
# Exit codes of containers that were stopped, which are no failures.
_ENDED_BY_STOP = (0, 130, 137, 143)
_MOST_LACKING = 2
# The phases of stacks that should be running.
_ON = ("booting", "ready", "degraded")

Cell = tuple[tuple[str, str], ...]
"""Pieces of text, each with its style."""


@dataclass(slots=True, frozen=True)
class TableRow:
    """One line of the table.

    Attributes:
        project: The project it belongs to.
        cells: Each column's forms, by the form's name; "" is the full one.
        redundant: Whether the branch adds nothing to the name.
        here: Whether the current directory is in it.
    """

    project: str
    cells: Mapping[str, Mapping[str, Cell]]
    redundant: bool = False
    here: bool = False

    def cell(self, column: str, form: str = "") -> Cell:
        """Return a cell in a form, or its full form if it does not have that one."""
        forms = self.cells.get(column) or {}
        return forms.get(form, forms.get("", ()))


def standing_in(listings: Iterable[Listing], directory: Path) -> Path | None:
    """Return the checkout that contains a directory: the innermost, as worktrees may be nested."""
    paths = [
        path
        for one in listings
        for path in (one.main.path, *(tree.path for tree in one.worktrees if tree.on is None))
    ]
    around = [path for path in paths if directory.is_relative_to(path)]
    return max(around, key=lambda path: len(path.parts), default=None)


def rows_of(listing: Listing, now: float, here: Path | None = None) -> tuple[TableRow, ...]:
    """Return the rows of a project: main, then its worktrees.

    Args:
        listing: The project's listing.
        now: The current time in seconds since the epoch, for ages.
        here: The checkout that contains the current directory.
    """
    main = listing.main
    apart = any(one.database not in (None, "shared") for one in listing.worktrees)
    phase = phase_of(main.state, main.services)
    mains = _row(listing.project, "main", main, phase, now, here, {})
    return (
        mains,
        *(
            _row(
                listing.project,
                one.name,
                one,
                one.phase,
                now,
                here if one.on is None else None,
                _own_cells(one, apart=apart),
            )
            for one in listing.worktrees
        ),
    )


def _row(
    project: str,
    name: str,
    of: MainCheckout | Worktree,
    phase: str,
    now: float,
    here: Path | None,
    more: Mapping[str, Mapping[str, Cell]],
) -> TableRow:
    branch = of.branch or ""
    redundant = branch == "" or _is_named_by(branch, name)
    age = spoken_time(max(0.0, now - of.last_commit)) if of.last_commit is not None else ""
    cells: dict[str, Mapping[str, Cell]] = {
        "name": _text(name, "bold"),
        "branch": _branch(branch, redundant=redundant),
        "state": _phase(phase),
        "services": _services(of.services, phase),
        "commit": _text(age),
        "url": _text(next((port.url for one in of.services.values() for port in one.ports if port.url), "")),
        "memory": _text(spoken_size(of.memory) if of.memory is not None else ""),
        **more,
    }
    return TableRow(printable(project), cells, redundant, of.path == here)


def _own_cells(tree: Worktree, *, apart: bool) -> dict[str, Mapping[str, Cell]]:
    changes = tree.changes
    counts = ((changes.modified, "modified"), (changes.untracked, "untracked")) if changes else ()
    return {
        "state": _phase(tree.phase, tree.lacking),
        "on": {**_text(tree.on or ""), "spoken": _piece(f"on {tree.on}" if tree.on else "")},
        "database": _text(tree.database or "") if apart else {},
        "url": _text(tree.url or ""),
        "changes": {
            **_text(", ".join(f"{number} {word}" for number, word in counts if number)),
            "short": _piece(" ".join(f"{number}{_LETTERS[word]}" for number, word in counts if number)),
        },
        "± base": {
            **_text(f"+{changes.ahead} -{changes.behind}" if changes else ""),
            "spoken": _piece(_ahead_and_behind(changes) if changes else ""),
        },
        "merged": {
            **_text(tree.merged or ""),
            "spoken": _piece(f"merged ({tree.merged})" if tree.merged else ""),
        },
    }


def _branch(branch: str, *, redundant: bool) -> dict[str, Cell]:
    if not branch:
        return _text("(detached)", "dim")
    shown = "" if redundant else branch
    return {**_text(branch), "differs": _piece(shown), "spoken": _piece(shown and f"on {shown}")}


def _ahead_and_behind(changes: WorktreeChanges) -> str:
    counts = ((changes.ahead, "ahead"), (changes.behind, "behind"))
    return ", ".join(f"{number} {word}" for number, word in counts if number)


def _text(text: str, style: str = "") -> dict[str, Cell]:
    return {"": _piece(text, style)}


def _piece(text: str, style: str = "") -> Cell:
    return ((printable(text), style),) if text else ()


def _is_named_by(branch: str, name: str) -> bool:
    return re.sub(r"[^a-z0-9]+", "-", branch.lower()) == name.lower()


def _phase(phase: str, lacking: Sequence[str] = ()) -> dict[str, Cell]:
    """Return a phase; empty if Docker does not answer, which is reported once for the whole list."""
    if phase == UNKNOWN:
        return {}
    more = ", …" if len(lacking) > _MOST_LACKING else ""
    without = f": no {', '.join(lacking[:_MOST_LACKING])}{more}" if lacking else ""
    style = _PHASE_STYLES.get(phase, "dim")
    return {**_text(f"{phase}{without}", style), "short": _piece(without[2:] or phase, style)}


def _services(services: Mapping[str, ServiceState], phase: str) -> dict[str, Cell]:
    """Return the services' states: each by name, or counted, with the names of the unhealthy ones."""
    if phase == UNKNOWN:
        return {}
    if phase not in _ON and not any(one.state == "running" for one in services.values()):
        crashed = (one for one in services.items() if one[1].exit_code not in (None, *_ENDED_BY_STOP))
        return {"": _joined(map(_named, crashed))}
    services = {name: one for name, one in services.items() if not _is_idle(one, phase)}
    troubled = [one for one in services.items() if not (one[1].well or one[1].done)]
    well = sum(one.well for one in services.values())
    ratio = (
        f"{well}/{well + len(troubled)}"
        if troubled
        else f"{well} up"
        if well
        else _finished_services(services)
    )
    style = "yellow" if any(_style(one) == "red" for _, one in troubled) else ""
    begin = _piece(f"{ratio}: " if troubled else ratio, style)
    first = (*_joined(map(_named, troubled[:1])), *_piece(", …" if len(troubled) > 1 else ""))
    return {
        "": _joined(map(_named, services.items())),
        "count": (*begin, *_joined(map(_named, troubled))),
        "first": (*begin, *first),
        "ratio": _piece(ratio, style),
    }


def _is_idle(one: ServiceState, phase: str) -> bool:
    # Another machine's document does not say so, but what a ready stack has not started, it does not start.
    return one.idle or (phase == "ready" and one.state == "created")


def _finished_services(services: Collection[str]) -> str:
    return f"{len(services)} done" if services else ""


def _named(service: tuple[str, ServiceState]) -> tuple[str, str]:
    name, one = service
    code = f" {one.exit_code}" if one.exit_code is not None else ""
    return f"{name} {'done' if one.done else one.word + code}", _style(one)


def _style(service: ServiceState) -> str:
    if service.well:
        return ""
    return "red" if service.word in _ILL and not service.done else "dim"


def _joined(pieces: Iterable[tuple[str, str]]) -> Cell:
    spread = [part for piece in pieces for part in ((", ", ""), piece)]
    return tuple((printable(text), style) for text, style in spread[1:])
