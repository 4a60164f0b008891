"""Progress for programs: one JSON object per line on stderr for everything that happens in a step."""

from __future__ import annotations

import json
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ... import interruption
from ..command_spelling import typed_for_program
from . import standard_streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from . import document_types

__all__ = ["Events"]


class Events:
    """Where steps report to, in place of a terminal; several lanes use it at once.

    Attributes:
        quiet: Whether to print only results and errors.
        echo: What takes the output lines of programs: None, as they are not wanted.
        worked: Whether something was done: then a result that cannot be written is no failure.
    """

    quiet = False
    echo = None

    def __init__(self) -> None:
        self.worked = False
        self._began = time.monotonic()
        self._turn = threading.RLock()
        # A lane is a thread; the step that it is in and when that began, and what it said last that it does.
        self._lane = threading.local()

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        """Report that a step began and how it ended; yield a function that takes what was done, as text."""
        around = self._step()
        results: list[str] = []
        self._lane.step = (name, time.monotonic())
        try:
            self._tell("begun")
            try:
                yield results.append
            except BaseException:
                self._tell("failed")
                raise
            self.worked |= bool(results)
            self._tell("done", "; ".join(results))
        finally:
            self._lane.step = around

    def doing(self, text: str) -> None:
        """Report what this lane's step is doing or waiting for, once until that changes."""
        doing = (self._step(), text)
        if doing != getattr(self._lane, "doing", None):
            self._lane.doing = doing
            self._tell("doing", text)

    def news(self, text: str) -> None:
        """Report something that may be good to know."""
        self._tell("news", text)

    def note(self, text: str) -> None:
        """Report something that the user has to decide about, although nothing failed."""
        self._tell("note", text)

    def _step(self) -> tuple[str | None, float]:
        step: tuple[str | None, float] = getattr(self._lane, "step", (None, self._began))
        return step

    def _tell(self, state: document_types.EventState, text: str = "") -> None:
        step, began = self._step()
        lasted = round(time.monotonic() - began, 3)
        event: document_types.Event = {
            "step": step,
            "state": state,
            "seconds": lasted,
            "text": typed_for_program(text),
        }
        with interruption.deferred(), self._turn:
            standard_streams.write_stderr(f"{json.dumps(event)}\n")
