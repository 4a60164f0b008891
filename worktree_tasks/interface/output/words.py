"""The only place that prints: results on stdout, progress and diagnostics on stderr."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...configuration.left_out import spoken_left_out
from ...configuration.words import spoken_count, spoken_size, spoken_time
from ...printable import printable
from . import streams

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ...configuration.results import Listing, Worktree
    from ...errors import WorktreeTasksError
    from ...git import RestorePoint
    from ...orchestration.flows.clean import Cleaning
    from ...orchestration.flows.plan import EnvChange, Plan
    from ...orchestration.flows.projects import Projects
    from ...orchestration.flows.remove import Removed
    from ...orchestration.flows.restore import Restored

__all__ = [
    "ask",
    "ask_about",
    "can_ask",
    "clear_line",
    "say_on_the_way_out",
    "show_cleaned",
    "show_cleaning",
    "show_error",
    "show_failure",
    "show_json",
    "show_lines",
    "show_listing",
    "show_projects",
    "show_removed",
    "show_restored",
    "show_smoked",
    "show_source",
    "show_trash",
    "show_value",
    "show_worktree",
]


def say_on_the_way_out() -> None:
    """Say that Ctrl-C was heard already; called in a signal's handler, where nothing may wait for a lock."""
    if sys.stderr is not None and sys.stderr.isatty():
        os.write(sys.stderr.fileno(), b"! interrupted already; what was begun is being put in order\n")


def clear_line() -> None:
    """Begin a line anew on a terminal, which shows `^C` where that was pressed."""
    if sys.stderr is not None and sys.stderr.isatty():
        streams.complain("\n" if os.environ.get("TERM") == "dumb" else "\r\x1b[K")


def can_ask() -> bool:
    """Return whether a person is there to answer."""
    # A stream that was closed is None.
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def ask(question: str) -> bool:
    """Ask on the terminal; anything but yes is no."""
    streams.complain(f"{printable(question)} [y/N] ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def ask_about(lines: Sequence[str], question: str) -> bool:
    """Show lines on the terminal, and ask about them."""
    first, *others = map(printable, lines)
    streams.complain("".join(f"{line}\n" for line in (f"! {first}", *(f"    {one}" for one in others))))
    return ask(question)


def show_lines(*lines: str) -> None:
    """Print lines of words; whatever stands in one, it stays one."""
    streams.tell("\n".join(map(printable, lines)))


def show_value(text: str) -> None:
    """Print what programs take from us, such as a path: as it is for them, escaped on a terminal."""
    exact = sys.stdout is not None and not sys.stdout.isatty()
    streams.tell(text if exact else printable(text), exact=exact)


def show_source(text: str) -> None:
    """Print a shell's functions, which are ours from the first line to the last."""
    streams.tell(text, exact=True)


def show_json(value: dict[str, Any]) -> None:
    """Print one JSON document, which says everything as it is: in ASCII, so that any stream can bear it."""
    streams.tell(json.dumps(value, indent=2))


def show_error(error: WorktreeTasksError) -> None:
    """Print an error as a JSON document; Invoke prints its words on stderr."""
    details = list(error.details)
    # Where that cannot be written, the words and the code have to do.
    with suppress(streams.Unwritten):
        show_json(
            {
                **error.besides,
                "schema": 1,
                "error": {"what": error.what, "details": details, "hint": error.hint, "code": error.code},
            }
        )


def show_failure(error: WorktreeTasksError) -> None:
    """Print an error's words on stderr, as Invoke does for tasks."""
    streams.complain(f"{error}\n")


def show_worktree(tree: Worktree) -> None:
    """Print where a worktree answers, or what state it is in."""
    show_lines(f"→ {tree.url}" if tree.url and tree.state == "running" else f"→ {tree.name}: {tree.state}")


def show_smoked(services: int) -> None:
    """Print that a worktree came, ran and went."""
    show_lines(f"→ {spoken_count(services, 'service') or 'no service'} ran and answered; nothing is left")


def show_removed(gone: Removed) -> None:
    """Print that a worktree is gone, and how it comes back."""
    back = f"; wt.restore {gone.restore_point} brings back what was in it" if gone.restore_point else ""
    show_lines(f"→ {gone.name} is gone{back}")


def show_restored(back: Restored) -> None:
    """Print where a worktree is again, and how its stack starts."""
    again = "is back" if back.changed else "was brought back already"
    branch = f"branch {back.branch}" if back.branch else "detached"
    show_lines(f"→ {back.name} {again} in {back.path}, {branch}; wt.start {back.name} brings its stack up")


def show_trash(points: Iterable[RestorePoint], now: float) -> None:
    """Print the restore points, the latest first."""
    rows = [
        (
            point.name,
            str(point.notes.get("branch")),
            f"{spoken_time(now - point.created)} ago",
            spoken_count(point.files, "file") or "no files",
            spoken_size(point.size),
            f"without {spoken_left_out(point.left_out)}" if point.left_out else "",
        )
        for point in points
    ]
    show_lines(*_columns(rows) or ("→ the trash is empty",))


def show_projects(found: Projects) -> None:
    """Print the projects, what was forgotten, and what keeps one that is gone."""
    rows = [
        (one.name, spoken_count(one.worktrees, "worktree") or "no worktrees", str(one.main))
        for one in found.projects
    ]
    show_lines(*_columns(rows) or ("→ no project is known here yet",))
    for one in found.forgotten:
        show_lines(f"→ {one.name} is forgotten: {one.main} is gone")
    for one in found.projects:
        if one.left is None:
            show_lines(
                f"! {one.main} is gone; {one.name} stays known until Docker answers what it left there"
            )
        elif one.left:
            show_lines(f"! {one.main} is gone, and {one.name} left in Docker: {', '.join(one.left)}")
            show_lines(f"  → {' && '.join(_removals(one.left))}; then wt.projects forgets it")


def _removals(left: Iterable[str]) -> Iterator[str]:
    """Yield the commands that remove what is called `container NAME`, `volume NAME` or `network NAME`."""
    words = {"container": "docker rm --force", "volume": "docker volume rm", "network": "docker network rm"}
    for kind, command in words.items():
        names = [one.partition(" ")[2] for one in left if one.startswith(f"{kind} ")]
        if names:
            yield f"{command} {' '.join(names)}"


def show_cleaning(found: Cleaning) -> None:
    """Print which worktrees would be removed and why each of the others stays."""
    rows = [(row.name, "remove" if row.remove else "keep", row.reason) for row in found.worktrees]
    rows += [(point.name, "expired", "its time in the trash is over") for point in found.expired]
    show_lines(*_columns(rows) or ("→ there are no worktrees",))


def show_cleaned(found: Cleaning) -> None:
    """Print what became of the list."""
    for row in found.worktrees:
        if row.removed:
            back = f"; wt.restore {row.restore_point} brings it back" if row.restore_point else ""
            show_lines(f"→ {row.name} removed: {row.reason}{back}")
    kept = sum(not row.removed for row in found.worktrees)
    show_lines(f"→ {spoken_count(kept, 'worktree') or 'no worktree'} kept")


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def show_listing(*found: Listing, everywhere: bool = False) -> None:
    """Print worktrees: on a terminal as a table that fits it, elsewhere as plain lines of whole values.

    Args:
        found: A project's listing, or those of all projects.
        everywhere: Whether to tell the project of each, and the memory that was measured.
    """
    if not found:
        show_lines("→ no project is known yet; wt.new makes its first worktree")
    elif sys.stdout is not None and sys.stdout.isatty():
        from rich.console import Console  # noqa: PLC0415 - costs 60 ms, and only terminals need it

        from .screen import paint  # noqa: PLC0415 - the same

        paint(found, Console(highlight=False, markup=False, emoji=False), projects=everywhere)
    else:
        from .table import plain_lines, rows_of  # noqa: PLC0415 - loaded for lists only

        rows = [row for one in found for row in rows_of(one, time.time())]
        show_lines(*plain_lines(rows, projects=everywhere, memory=everywhere))


def _was(change: EnvChange) -> str:
    return f"was {change.old}; " if change.old else ""


def show_plan(plan: Plan) -> None:
    """Print what `new` would do."""
    lines = [
        f"worktree    {plan.path}, {plan.source}",
        f"stack       {plan.compose_project}, slot {plan.slot}, network {plan.network}",
        *_section("services", [(one.name, one.role, one.reason) for one in plan.services]),
        *_section(
            "ports",
            [
                (
                    one.service,
                    f"{one.target}/{one.protocol}",
                    f"on {one.published or 'a port that Docker chooses'}",
                )
                for one in plan.ports
            ],
        ),
        *_section(
            "images", [(one.service, "build" if one.built else "tag", one.reason) for one in plan.images]
        ),
        *_section("files", [(name,) for name in plan.files]),
        *_section(
            "env", [(f"{one.file}: {one.key} = {one.new} ({_was(one)}{one.reason})",) for one in plan.env]
        ),
        *(_section("hooks", plan.hooks) if plan.hooks else ()),
        *(_section("beyond main", [(one.what,) for one in plan.exposures]) if plan.exposures else ()),
        *(f"! {note}" for note in plan.notes),
    ]
    show_lines(*lines)


def _section(title: str, rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a title with aligned rows beneath it; `none` beside it where there are no rows."""
    return [title, *(f"  {line}" for line in _columns(rows))] if rows else [f"{title:<12}none"]
