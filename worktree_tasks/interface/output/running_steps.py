"""The running steps as live lines: what each is doing, for how long, and its program's last output."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from ...printable import shortened, shown
from ...quick_dataclasses import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions
    from rich.text import Text

__all__ = ["NAME_WIDTH", "Lines", "Running", "live_lines"]

NAME_WIDTH = 12
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
# From here on, tenths of a second are noise.
_WHOLE_SECONDS = 10.0
# BuildKit prefixes each line with the step's number and the time in it.
_NUMBERED = r"^#\d+ (?:\d+\.\d+ )?"


@dataclass(slots=True, eq=False)
class Running:
    """A running step.

    Attributes:
        name: Its name.
        started: When it began.
        doing: What it is doing or waiting for; empty if its name says it all.
        since: When it began with that kind of work.
        output: The last line that its program printed meanwhile.
        reported: When its work was last reported, on a terminal without animation.
    """

    name: str
    started: float = field(default_factory=time.monotonic)
    doing: str = ""
    since: float = field(default_factory=time.monotonic)
    output: str = ""
    reported: float = 0.0

    def do(self, what: str) -> bool:
        """Set what the step is doing, and return whether that has changed."""
        if what == self.doing:
            return False
        # Waiting for one thing after another is one wait; a new count of copied files is the same copying.
        if what.partition(" ")[0] != self.doing.partition(" ")[0]:
            self.since = time.monotonic()
        self.doing, self.output = what, ""
        return True

    def hear(self, line: str) -> None:
        """Take a line that a program printed."""
        if text := re.sub(_NUMBERED, "", shown(line)).strip():
            self.output = text

    def silent_for(self, seconds: float) -> bool:
        """Return whether nothing was reported for some time; if so, the caller reports now."""
        now = time.monotonic()
        if now - max(self.reported, self.started) < seconds:
            return False
        self.reported = now
        return True


def live_lines(step: Running, now: float, width: int) -> tuple[str, str]:
    """Return what a step is doing and for how long, and the last line of its program, if any.

    Args:
        step: The step.
        now: The current time on the clock that the step's times come from.
        width: The available width; the time is always shown.
    """
    seconds = now - (step.since if step.doing else step.started)
    lasted = f"{seconds:.0f} s" if seconds >= _WHOLE_SECONDS else f"{seconds:.1f} s"
    room = max(1, width - NAME_WIDTH - len(lasted) - 1)
    doing = shortened(step.doing, room)
    return (
        f"{step.name:<{NAME_WIDTH}}{doing} {lasted}" if doing else f"{step.name:<{NAME_WIDTH}}{lasted}",
        step.output,
    )


class Lines:
    """The running steps, on a terminal."""

    def __init__(self, steps: Sequence[Running]) -> None:
        self._steps = steps

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the lines of each step; rich's own thread calls it too."""
        from rich.text import Text  # noqa: PLC0415 - loaded with the live lines

        now = time.monotonic()
        frame = _FRAMES[int(now * 10) % len(_FRAMES)]
        for step in tuple(self._steps):
            words, output = live_lines(step, now, options.max_width - len(_FRAMES[0]) - 1)
            yield Text.assemble((frame, "cyan"), " ", words, no_wrap=True, overflow="ellipsis")
            if output:
                margin = " " * (NAME_WIDTH + 2)
                yield Text(f"{margin}{output}", "dim", no_wrap=True, overflow="ellipsis")
