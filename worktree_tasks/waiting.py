"""Waiting for other processes: polls until a deadline, and always responds to Ctrl-C."""

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
        missing: Returns what is missing; a false value if nothing is. An exception from it ends the wait.
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
    """A value that is cached for a moment, for waits that check other things more often.

    Args:
        find: Returns the current value.
        seconds: How old the cached value may be.
    """

    def __init__(self, find: Callable[[], Found], seconds: float) -> None:
        self._find, self._seconds = find, seconds
        self._kept: tuple[float, Found] | None = None

    def last(self) -> Found:
        """Return the cached value; renew it if it is too old."""
        if self._kept is None or time.monotonic() - self._kept[0] >= self._seconds:
            return self.now()
        return self._kept[1]

    def now(self) -> Found:
        """Renew the value, and return it."""
        found = self._find()
        self._kept = (time.monotonic(), found)
        return found
