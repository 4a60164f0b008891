"""The only place that prints: results on stdout, progress and diagnostics on stderr."""

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..configuration.amounts import printable, spoken_count, spoken_size, spoken_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ..configuration.worktree import Listing, ServiceState, Worktree
    from ..errors import WorktreeTasksError
    from ..orchestration.clean import Cleaning
    from ..orchestration.plan import EnvChange, Plan
    from ..orchestration.projects import Projects
    from ..orchestration.remove import Removed
    from ..orchestration.restore import Restored
    from ..repository import RestorePoint

__all__ = [
    "Terminal",
    "ask",
    "can_ask",
    "show_cleaned",
    "show_cleaning",
    "show_error",
    "show_failure",
    "show_json",
    "show_listing",
    "show_projects",
    "show_removed",
    "show_restored",
    "show_text",
    "show_trash",
    "show_worktree",
]

_NAME_WIDTH = 12
_STATE_STYLES = {
    "running": "green",
    "starting": "yellow",
    "partial": "yellow",
    "missing": "red",
    "unmanaged": "dim",
}


class Terminal:
    """Progress as lines on stderr, one a step, when it is done."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._colour = (
            sys.stderr.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        )

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Enter a step; what it yields takes the words that say what was done."""
        yield lambda text: self._line("✓", "32", f"{name:<{_NAME_WIDTH}}{text}")

    def note(self, text: str) -> None:
        """Say something that a person should know and nothing failed for."""
        self._line("!", "33", text)

    def _line(self, sign: str, colour: str, text: str) -> None:
        sign = f"\x1b[{colour}m{sign}\x1b[0m" if self._colour else sign
        with self._turn:
            print(f"{sign} {text}", file=sys.stderr, flush=True)


def can_ask() -> bool:
    """Return whether a person is there to answer."""
    # A stream that was closed is None.
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def ask(question: str) -> bool:
    """Ask on the terminal; anything but yes is no."""
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def show_text(text: str) -> None:
    """Print a result."""
    print(text, flush=True)


def show_json(value: dict[str, Any]) -> None:
    """Print one JSON document."""
    print(json.dumps(value, indent=2), flush=True)


def show_error(error: WorktreeTasksError) -> None:
    """Print an error as a JSON document; Invoke prints its words on stderr."""
    details = list(error.details)
    show_json(
        {
            "schema": 1,
            "error": {"what": error.what, "details": details, "hint": error.hint, "code": error.code},
        }
    )


def show_failure(error: WorktreeTasksError) -> None:
    """Print an error's words on stderr, as Invoke does for tasks."""
    print(error, file=sys.stderr, flush=True)


def show_worktree(tree: Worktree) -> None:
    """Print where a worktree answers, or what state it is in."""
    show_text(f"→ {tree.url}" if tree.url and tree.state == "running" else f"→ {tree.name}: {tree.state}")


def show_removed(gone: Removed) -> None:
    """Print that a worktree is gone, and how it comes back."""
    back = f"; wt.restore {gone.restore_point} brings back what was in it" if gone.restore_point else ""
    show_text(f"→ {gone.name} is gone{back}")


def show_restored(back: Restored) -> None:
    """Print where a worktree is again, and how its stack starts."""
    again = "is back" if back.changed else "was brought back already"
    branch = f"branch {back.branch}" if back.branch else "detached"
    show_text(f"→ {back.name} {again} in {back.path}, {branch}; wt.start {back.name} brings its stack up")


def show_trash(points: Iterable[RestorePoint], now: float) -> None:
    """Print the restore points, the latest first."""
    rows = [
        (
            point.name,
            str(point.notes.get("branch")),
            f"{spoken_time(now - point.created)} ago",
            spoken_count(point.files, "file") or "no files",
            spoken_size(point.size),
            f"without {', '.join(printable(path) for path, _ in point.left_out)}" if point.left_out else "",
        )
        for point in points
    ]
    show_text("\n".join(_columns(rows)) or "→ the trash is empty")


def show_projects(found: Projects) -> None:
    """Print the projects, what was forgotten, and what keeps one that is gone."""
    rows = [
        (one.name, spoken_count(one.worktrees, "worktree") or "no worktrees", str(one.main))
        for one in found.projects
    ]
    show_text("\n".join(_columns(rows)) if rows else "→ no project is known here yet")
    for one in found.forgotten:
        show_text(f"→ {one.name} is forgotten: {one.main} is gone")
    for one in found.projects:
        if one.left is None:
            show_text(f"! {one.main} is gone; {one.name} stays known until Docker answers what it left there")
        elif one.left:
            show_text(f"! {one.main} is gone, and {one.name} left in Docker: {', '.join(one.left)}")
            show_text(f"  → {' && '.join(_removals(one.left))}; then wt.projects forgets it")


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
    show_text("\n".join(_columns(rows)) or "→ there are no worktrees")


def show_cleaned(found: Cleaning) -> None:
    """Print what became of the list."""
    for row in found.worktrees:
        if row.removed:
            back = f"; wt.restore {row.restore_point} brings it back" if row.restore_point else ""
            show_text(f"→ {row.name} removed: {row.reason}{back}")
    kept = sum(not row.removed for row in found.worktrees)
    show_text(f"→ {spoken_count(kept, 'worktree') or 'no worktree'} kept")


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def show_listing(found: Listing) -> None:
    """Print a project's worktrees as a table that fits the terminal."""
    from rich.console import Console  # noqa: PLC0415 - costs 60 ms, and JSON needs none of it
    from rich.table import Table  # noqa: PLC0415 - the same

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("name", "branch", "state", "services", "url", "changes", "± base", "merged"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("state", "url"))
    main = found.main
    table.add_row(
        "main", main.branch or "(detached)", _state(main.state), _services(main.services), "", "", "", ""
    )
    for tree in found.worktrees:
        table.add_row(
            tree.name,
            tree.branch or "(detached)",
            _state(tree.state),
            _services(tree.services),
            tree.url or "",
            _changes(tree),
            f"+{tree.changes.ahead} -{tree.changes.behind}" if tree.changes else "",
            tree.merged or "",
        )
    Console(highlight=False).print(table)


def _state(state: str) -> str:
    style = _STATE_STYLES.get(state)
    return f"[{style}]{state}[/{style}]" if style else state


def _services(services: Any) -> str:  # noqa: ANN401 - a mapping of names to ServiceState
    well = ("running", "healthy")
    return " ".join(name if _word(one) in well else f"{name}:{_word(one)}" for name, one in services.items())


def _word(service: ServiceState) -> str:
    return service.health if service.state == "running" and service.health else service.state


def _changes(tree: Worktree) -> str:
    if tree.changes is None:
        return ""
    counts = ((tree.changes.modified, "modified"), (tree.changes.untracked, "untracked"))
    return ", ".join(f"{number} {word}" for number, word in counts if number)


def _was(change: EnvChange) -> str:
    return f"was {change.old}; " if change.old else ""


def show_plan(plan: Plan) -> None:
    """Print what `new` would do."""
    lines = [
        f"worktree    {plan.path}, {plan.source}",
        f"stack       {plan.compose_project}, slot {plan.slot}, network {plan.network}",
        "services",
        *(f"  {one.name:<16}{one.role:<8}{one.reason}" for one in plan.services),
        "ports",
        *(
            f"  {one.service:<16}{one.target}/{one.protocol} on {one.published or 'a port of Dockers choice'}"
            for one in plan.ports
        ),
        "images",
        *(f"  {one.service:<16}{'build' if one.built else 'tag':<8}{one.reason}" for one in plan.images),
        "files",
        *(f"  {name}" for name in plan.files),
        "env",
        *(f"  {one.file}: {one.key} = {one.new} ({_was(one)}{one.reason})" for one in plan.env),
        *(f"! {note}" for note in plan.notes),
    ]
    show_text("\n".join(lines))
