"""Waiting for what others do: asked again and again, with an end, and never deaf to Ctrl-C."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Generic, TypeVar

from . import interruption

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Look", "wait_while"]

Missing = TypeVar("Missing")
Found = TypeVar("Found")
_POLL_SECONDS = 0.05


def wait_while(missing: Callable[[], Missing], seconds: float) -> Missing:
    """Wait while something is missing, or until the time is up.

    Args:
        missing: Returns what is missing; something false when nothing is. What it raises ends the wait.
        seconds: How long to wait.

    Returns:
        What is missing in the end.

    Raises:
        KeyboardInterrupt: The command is being interrupted.
    """
    deadline = time.monotonic() + seconds
    while (left := missing()) and time.monotonic() <= deadline:
        interruption.pause(_POLL_SECONDS)
    return left


class Look(Generic[Found]):
    """What was found a moment ago, for waits that look at other things more often.

    Args:
        find: Looks.
        seconds: How old may be what it found.
    """

    def __init__(self, find: Callable[[], Found], seconds: float) -> None:
        self._find, self._seconds = find, seconds
        self._kept: tuple[float, Found] | None = None

    def last(self) -> Found:
        """Return what was found; look again when that is too old."""
        if self._kept is None or time.monotonic() - self._kept[0] >= self._seconds:
            return self.now()
        return self._kept[1]

    def now(self) -> Found:
        """Look again, and return what is found."""
        found = self._find()
        self._kept = (time.monotonic(), found)
        return found
