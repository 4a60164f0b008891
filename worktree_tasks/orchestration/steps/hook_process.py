"""Whether this command was started by a hook of another one, which waits for it under a lock of its own."""

from __future__ import annotations

import os

__all__ = ["facts_of", "is_inside", "lock_above"]

_HELD = "WT_HELD"


def facts_of(lock: str) -> dict[str, str]:
    """Return what a hook's processes have to know of the command that runs it, as environment variables.

    Args:
        lock: The name of the lock that it holds.
    """
    return {_HELD: f"{os.getpid()}:{lock}"}


def lock_above() -> str | None:
    """Return the lock of the command whose hook started this one; None when there is none, or no more."""
    pid, _, lock = os.environ.get(_HELD, "").partition(":")
    return lock if pid.isdecimal() and _lives(int(pid)) else None


def is_inside() -> bool:
    """Return whether a hook runs that this command is a part of."""
    return lock_above() is not None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError) as error:
        return isinstance(error, PermissionError)
    return True
