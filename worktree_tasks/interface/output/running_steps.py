"""The steps that run, as live lines: what each is at, for how long, and what its program says."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...printable import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions
    from rich.text import Text

__all__ = ["NAME_WIDTH", "Lines", "Running", "live_lines"]

NAME_WIDTH = 12
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
# From here on, tenths of a second tell nobody anything.
_WHOLE_SECONDS = 10.0
# BuildKit numbers each step, and tells when in it a line came.
_NUMBERED = re.compile(r"^#\d+ (?:\d+\.\d+ )?")


@dataclass(slots=True, eq=False)
class Running:
    """A step that runs.

    Attributes:
        name: Its name.
        started: When it began.
        doing: What it is at, or waits for; empty where its name says so.
        since: When it began with that kind of thing.
        said: The last line that a program said meanwhile.
        told: When it was said last what it is at, where nothing moves.
    """

    name: str
    started: float = field(default_factory=time.monotonic)
    doing: str = ""
    since: float = field(default_factory=time.monotonic)
    said: str = ""
    told: float = 0.0

    def do(self, what: str) -> bool:
        """Be at something, and return whether that is news: when it is the same as before, it goes on."""
        if what == self.doing:
            return False
        # Waiting for one thing after the other is one wait, and counting what is copied is no new copying.
        if what.partition(" ")[0] != self.doing.partition(" ")[0]:
            self.since = time.monotonic()
        self.doing, self.said = what, ""
        return True

    def hear(self, line: str) -> None:
        """Take a line that a program said."""
        if text := _NUMBERED.sub("", shown(line)).strip():
            self.said = text

    def silent_for(self, seconds: float) -> bool:
        """Return whether nothing was said of it for some time; what it is at is said now, then."""
        now = time.monotonic()
        if now - max(self.told, self.started) < seconds:
            return False
        self.told = now
        return True


def live_lines(step: Running, now: float, width: int) -> tuple[str, str]:
    """Return what a step is at and for how long, and the line that a program said last, if any.

    Args:
        step: The step.
        now: What the clock says that its times are of.
        width: How much room there is; the time is shown in any case.
    """
    seconds = now - (step.since if step.doing else step.started)
    lasted = f"{seconds:.0f} s" if seconds >= _WHOLE_SECONDS else f"{seconds:.1f} s"
    room = max(1, width - NAME_WIDTH - len(lasted) - 1)
    doing = step.doing if len(step.doing) <= room else f"{step.doing[: room - 1]}…"
    return (
        f"{step.name:<{NAME_WIDTH}}{doing} {lasted}" if doing else f"{step.name:<{NAME_WIDTH}}{lasted}",
        step.said,
    )


class Lines:
    """The steps that run, on a terminal."""

    def __init__(self, steps: Sequence[Running]) -> None:
        self._steps = steps

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the lines of each step; called in rich's own thread too."""
        from rich.text import Text  # noqa: PLC0415 - loaded with the live lines

        now = time.monotonic()
        frame = _FRAMES[int(now * 10) % len(_FRAMES)]
        for step in tuple(self._steps):
            words, said = live_lines(step, now, options.max_width - len(_FRAMES[0]) - 1)
            yield Text.assemble((frame, "cyan"), " ", words, no_wrap=True, overflow="ellipsis")
            if said:
                margin = " " * (NAME_WIDTH + 2)
                yield Text(f"{margin}{said}", "dim", no_wrap=True, overflow="ellipsis")
