"""Waiting for what others do: asked again and again, with an end, and never deaf to Ctrl-C."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from . import interruption

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["wait_while"]

Missing = TypeVar("Missing")
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
