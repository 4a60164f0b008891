"""The table of `wt.list` on a terminal, refreshed in place."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Literal

from ... import interruption
from ...printable import printable
from . import standard_streams
from .table_painting import table_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions
    from rich.text import Text

    from ...configuration.worktree_result import Listing

__all__ = ["Screen", "console_on_terminal", "lines_of", "shown_meanwhile"]


def console_on_terminal(*, stderr: bool = False) -> Console:
    """Return a console that writes our text to the terminal unchanged, and plainly if that is wanted."""
    from rich.console import Console  # noqa: PLC0415 - costs 60 ms, and only terminals need it

    colours: Literal["auto"] | None = None if standard_streams.is_plain() else "auto"
    return Console(stderr=stderr, color_system=colours, highlight=False, markup=False, emoji=False)


def lines_of(listings: Sequence[Listing], width: int, now: float, *, projects: bool) -> Iterator[Text]:
    """Yield the lines that show listings at a terminal's width, with the same columns for all projects."""
    from rich.text import Text  # noqa: PLC0415 - loaded for what moves only

    for line in table_lines(listings, width, now, projects=projects):
        yield Text.assemble(*line)


@contextmanager
def shown_meanwhile(listings: Sequence[Listing]) -> Iterator[None]:
    """Show the listings of all projects, as far as they fit, while their memory is measured."""
    from rich.live import Live  # noqa: PLC0415 - loaded for terminals only

    live = Live(
        _Meanwhile(listings),
        console=console_on_terminal(),
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
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
