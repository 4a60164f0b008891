"""Progress on stderr: a line for each step when it is done, and live ones while they last on a terminal."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ... import interruption
from ...printable import printable, shown
from ..dialect import typed
from . import streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console, ConsoleOptions
    from rich.live import Live
    from rich.text import Text

__all__ = ["Terminal"]

_NAME_WIDTH = 12
# Shorter steps show no live line: it would only flicker.
_LASTING_SECONDS = 0.3
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_COLOURS = {"✓": "green", "✗": "red", "!": "yellow", "│": "dim"}
_CODES = {"green": "32", "red": "31", "yellow": "33", "dim": "2"}


@dataclass(slots=True, eq=False)
class _Step:
    name: str
    started: float = field(default_factory=time.monotonic)


class Terminal:
    """Where steps report to; used by several lanes at once.

    Attributes:
        quiet: Whether only results and errors are to be said.
        worked: Whether something was done, so that a result that cannot be written is no failure.
        echo: Takes the lines of programs that run; None when nobody wants them.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet or sys.stderr is None
        fancy = not self.quiet and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._colour = fancy and "NO_COLOR" not in os.environ
        self._moving = fancy
        self.worked = False
        self._turn = threading.RLock()
        self._steps: list[_Step] = []
        self._live: Live | None = None
        self._timer: threading.Timer | None = None
        self.echo: Callable[[str], None] | None = self._echo if verbose and not self.quiet else None

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Enter a step; what it yields takes the words that say what was done."""
        step = _Step(name)
        self._begin(step)
        try:
            yield lambda text: self._line("✓", f"{name:<{_NAME_WIDTH}}{text}")
        except Exception:
            if self._moving:
                lasted = f"failed after {time.monotonic() - step.started:.1f} s"
                self._line("✗", f"{name:<{_NAME_WIDTH}}{lasted}")
            raise
        finally:
            self._end(step)

    def note(self, text: str) -> None:
        """Say something that a person should know and nothing failed for."""
        self._line("!", text)

    def _echo(self, line: str) -> None:
        self._line("│", line)

    def _line(self, sign: str, text: str) -> None:
        self.worked |= sign == "✓"
        if self.quiet:
            return
        # Names are shown whole; programs say how they want it shown.
        colour, text = _COLOURS[sign], shown(text) if sign == "│" else printable(typed(text))
        with interruption.deferred(), self._turn:
            if self._live is not None:
                from rich.text import Text  # noqa: PLC0415 - loaded with the live lines

                self._live.console.print(Text.assemble((sign, colour), " ", text), soft_wrap=True)
                return
            painted = f"\x1b[{_CODES[colour]}m{sign}\x1b[0m" if self._colour else sign
            streams.complain(f"{painted} {text}\n")

    def _begin(self, step: _Step) -> None:
        if not self._moving:
            return
        with interruption.deferred(), self._turn:
            self._steps.append(step)
            if self._live is None and self._timer is None:
                self._timer = threading.Timer(_LASTING_SECONDS, self._show)
                self._timer.daemon = True
                self._timer.start()

    def _end(self, step: _Step) -> None:
        if not self._moving:
            return
        with interruption.deferred(), self._turn:
            self._steps.remove(step)
            if self._steps:
                return
            if self._timer is not None:
                self._timer.cancel()
            live, self._live, self._timer = self._live, None, None
            if live is not None:
                live.stop()

    def _show(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - costs 60 ms, while something else takes longer
        from rich.live import Live  # noqa: PLC0415 - the same

        with self._turn:
            # The step that this timer was for may have ended while rich was loaded.
            if not self._steps or self._timer is not threading.current_thread():
                return
            console = Console(stderr=True, highlight=False, markup=False, emoji=False)
            self._live = Live(
                _Lines(self._steps),
                console=console,
                refresh_per_second=10,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()


class _Lines:
    """The steps that run, each with its seconds."""

    def __init__(self, steps: list[_Step]) -> None:
        self._steps = steps

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield a line for each step; called in rich's own thread too."""
        from rich.text import Text  # noqa: PLC0415 - loaded with the live lines

        now = time.monotonic()
        frame = _FRAMES[int(now * 10) % len(_FRAMES)]
        for step in tuple(self._steps):
            words = f"{step.name:<{_NAME_WIDTH}}{now - step.started:.1f} s"
            yield Text.assemble((frame, "cyan"), " ", words, no_wrap=True, overflow="ellipsis")
