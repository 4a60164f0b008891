"""The table of `wt.list` on a terminal, refreshed in place."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Literal

from ... import interruption
from ...printable import printable
from . import standard_streams
from .table_painting import table_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions, ConsoleRenderable
    from rich.live import Live
    from rich.text import Text

    from ...configuration.worktree_result import Listing

__all__ = ["Screen", "lines_of", "live_on_terminal", "shown_meanwhile"]


def live_on_terminal(shown: ConsoleRenderable, *, stderr: bool = False, **options: Any) -> Live:  # noqa: ANN401 - those of rich
    """Return what shows something on the terminal, refreshed in place; our text is not changed there."""
    from rich.console import Console  # noqa: PLC0415 - costs 60 ms, and only terminals need it
    from rich.live import Live  # noqa: PLC0415 - the same

    colours: Literal["auto"] | None = None if standard_streams.is_plain() else "auto"
    console = Console(stderr=stderr, color_system=colours, highlight=False, markup=False, emoji=False)
    return Live(shown, console=console, redirect_stdout=False, redirect_stderr=False, **options)


def lines_of(listings: Sequence[Listing], width: int, now: float, *, projects: bool) -> Iterator[Text]:
    """Yield the lines that show listings at a terminal's width, with the same columns for all projects."""
    from rich.text import Text  # noqa: PLC0415 - loaded for what moves only

    for line in table_lines(listings, width, now, projects=projects):
        yield Text.assemble(*line)


@contextmanager
def shown_meanwhile(listings: Sequence[Listing]) -> Iterator[None]:
    """Show the listings of all projects, as far as they fit, while their memory is measured."""
    live = live_on_terminal(_Meanwhile(listings), auto_refresh=False, transient=True)
    with ExitStack() as opened:
        # A terminal that is only half set up would not be restored.
        with interruption.deferred():
            opened.enter_context(live)
            live.refresh()
        yield


class _Meanwhile:
    """The listings of all projects while their memory is measured."""

    def __init__(self, listings: Sequence[Listing]) -> None:
        self._listings = listings

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the lines, then a line that says what is being waited for."""
        from rich.text import Text  # noqa: PLC0415 - loaded for terminals only

        for line in lines_of(self._listings, options.max_width, time.time(), projects=True):
            line.no_wrap = True
            yield line
        yield Text("measuring memory …", "dim")


class Screen:
    """What `--watch` shows: the listings at the terminal's current size, and one line below."""

    def __init__(self, listings: Sequence[Listing], trouble: str, *, projects: bool) -> None:
        self._listings = listings
        self._trouble = trouble
        self._projects = projects
        self._seen = time.localtime()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield what fits the screen's height."""
        from rich.text import Text  # noqa: PLC0415 - loaded for terminals only

        lines = list(lines_of(self._listings, options.max_width, time.time(), projects=self._projects))
        room = max(1, console.height - 2)
        if len(lines) > room:
            lines = [*lines[: room - 1], Text(f"… {len(lines) - room + 1} more lines", "dim")]
        for line in lines:
            line.no_wrap = True
            yield line
        status = (
            (printable(self._trouble), "red")
            if self._trouble
            else (time.strftime("%H:%M:%S", self._seen), "dim")
        )
        yield Text.assemble("\n", status, ("  q to quit", "dim"), no_wrap=True, overflow="ellipsis")
