"""Progress on stderr: a line for each finished step, and live lines for running ones on a terminal."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from ... import interruption
from ...printable import printable, shown
from ..command_spelling import typed
from . import standard_streams
from .running_steps import NAME_WIDTH, Lines, Running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.live import Live

__all__ = ["Terminal"]

# Shorter steps show no live line, which would only flicker.
_LASTING_SECONDS = 0.3
# On a terminal without animation, a longer step says what it is doing, and at most this often.
_LONG_SECONDS = 3.0
# Red is for failures, yellow for what the user has to decide about; news and programs' output are dim.
_COLOURS = {"✓": "green", "✗": "red", "!": "yellow", "·": "dim", "│": "dim"}
_CODES = {"green": "32", "red": "31", "yellow": "33", "dim": "2"}
_DIM = ("·", "│")


class Terminal:
    """Where steps report to; several lanes use it at once.

    Attributes:
        quiet: Whether to print only results and errors.
        worked: Whether something was done: then a result that cannot be written is no failure.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet or sys.stderr is None
        self._moving = not self.quiet and standard_streams.moves(sys.stderr)
        self._slow = not self.quiet and not self._moving and standard_streams.is_terminal(sys.stderr)
        self._colour = not self.quiet and standard_streams.coloured(sys.stderr)
        self._verbose = verbose and not self.quiet
        self.worked = False
        self._turn = threading.RLock()
        self._steps: list[Running] = []
        # A lane is a thread; this is the innermost step that it is in.
        self._lane = threading.local()
        self._live: Live | None = None
        self._timer: threading.Timer | None = None

    @property
    def echo(self) -> Callable[[str], None] | None:
        """What takes the output lines of this lane's programs; None if they are not wanted."""
        if self._verbose:
            return partial(self._line, "│")
        step = self._step()
        return step.hear if step and self._moving else None

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Enter a step; yield a function that takes the text of what was done."""
        step = Running(name)
        around = self._step()
        self._begin(step)
        self._lane.step = step
        try:
            yield lambda text: self._line("✓", f"{name:<{NAME_WIDTH}}{text}")
        except Exception:
            if self._moving:
                lasted = f"failed after {time.monotonic() - step.started:.1f} s"
                self._line("✗", f"{name:<{NAME_WIDTH}}{lasted}")
            raise
        finally:
            self._lane.step = around
            self._end(step)

    def doing(self, text: str) -> None:
        """Say what this lane's step is doing or waiting for, until it says something else or ends."""
        step = self._step()
        if step is None:
            return
        if step.do(printable(typed(text))) and self._slow and step.silent_for(_LONG_SECONDS):
            self._line("·", f"{step.name:<{NAME_WIDTH}}{text}")

    def news(self, text: str) -> None:
        """Report something that may be good to know."""
        self._line("·", text)

    def note(self, text: str) -> None:
        """Report something that the user has to decide about, although nothing failed."""
        self._line("!", text)

    def _step(self) -> Running | None:
        step: Running | None = getattr(self._lane, "step", None)
        return step

    def _line(self, sign: str, text: str) -> None:
        self.worked |= sign == "✓"
        if self.quiet:
            return
        # Our text is escaped, so that names show in full; programs' output is shown as a terminal would.
        colour, text = _COLOURS[sign], shown(text) if sign == "│" else printable(typed(text))
        with interruption.deferred(), self._turn:
            if self._live is not None:
                from rich.text import Text  # noqa: PLC0415 - loaded with the live lines

                line = Text.assemble((sign, colour), " ", (text, "dim" if sign in _DIM else ""))
                self._live.console.print(line, soft_wrap=True)
                return
            standard_streams.write_stderr(f"{self._painted(sign, text)}\n")

    def _painted(self, sign: str, text: str) -> str:
        if not self._colour:
            return f"{sign} {text}"
        begin = f"\x1b[{_CODES[_COLOURS[sign]]}m"
        return f"{begin}{sign} {text}\x1b[0m" if sign in _DIM else f"{begin}{sign}\x1b[0m {text}"

    def _begin(self, step: Running) -> None:
        if not self._moving:
            return
        with interruption.deferred(), self._turn:
            self._steps.append(step)
            if self._live is None and self._timer is None:
                self._timer = threading.Timer(_LASTING_SECONDS, self._show)
                self._timer.daemon = True
                self._timer.start()

    def _end(self, step: Running) -> None:
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
        from .refreshed_table import live_on_terminal  # noqa: PLC0415 - loaded with the live lines

        # Rich takes 60 ms to load, while something else takes longer.
        live = live_on_terminal(Lines(self._steps), stderr=True, refresh_per_second=10, transient=True)
        with self._turn:
            # The step of this timer may have ended while rich was loading.
            if not self._steps or self._timer is not threading.current_thread():
                return
            self._live = live
            live.start()
