"""Progress for programs: a JSON object a line on stderr for all that happens in a step."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ... import interruption
from ..command_spelling import typed_for_program
from . import streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from . import shapes

__all__ = ["Events"]


class Events:
    """Where steps report to, in place of a terminal; used by several lanes at once.

    Attributes:
        quiet: Whether only results and errors are to be said.
        echo: What takes the lines of programs: nobody wants them.
        worked: Whether something was done, so that a result that cannot be written is no failure.
    """

    quiet = False
    echo = None

    def __init__(self) -> None:
        self.worked = False
        self._began = time.monotonic()
        self._turn = threading.RLock()
        # A lane is a thread; the step that it is in, and when that began.
        self._lane = threading.local()

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Tell that a step has begun, and how it ended; what it yields takes what was done, in words."""
        around = self._step()
        said: list[str] = []
        self._lane.step = (name, time.monotonic())
        try:
            self._tell("begun")
            try:
                yield said.append
            except BaseException:
                self._tell("failed")
                raise
            self.worked |= bool(said)
            self._tell("done", "; ".join(said))
        finally:
            self._lane.step = around

    def doing(self, text: str) -> None:
        """Tell what the step of this lane is at, or waits for."""
        self._tell("doing", text)

    def news(self, text: str) -> None:
        """Tell something that may be good to know."""
        self._tell("news", text)

    def note(self, text: str) -> None:
        """Tell something that somebody has to decide about, although nothing failed for it."""
        self._tell("note", text)

    def _step(self) -> tuple[str | None, float]:
        step: tuple[str | None, float] = getattr(self._lane, "step", (None, self._began))
        return step

    def _tell(self, state: shapes.EventState, text: str = "") -> None:
        step, began = self._step()
        lasted = round(time.monotonic() - began, 3)
        event: shapes.Event = {
            "step": step,
            "state": state,
            "seconds": lasted,
            "text": typed_for_program(text),
        }
        with interruption.deferred(), self._turn:
            streams.complain(f"{json.dumps(event)}\n")
