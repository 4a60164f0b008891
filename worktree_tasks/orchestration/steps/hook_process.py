"""Whether this command was started by a hook of another command, which holds its lock meanwhile."""

from __future__ import annotations

import os

__all__ = ["facts_of", "is_inside", "lock_above"]

_HELD = "WT_HELD"


def facts_of(lock: str) -> dict[str, str]:
    """Return the environment variables that tell a hook's processes which command runs it.

    Args:
        lock: The name of the lock that the command holds.
    """
    return {_HELD: f"{os.getpid()}:{lock}"}


def lock_above() -> str | None:
    """Return the lock of the command whose hook started this one; None if there is none, or it has ended."""
    pid, _, lock = os.environ.get(_HELD, "").partition(":")
    return lock if pid.isdecimal() and _is_running(int(pid)) else None


def is_inside() -> bool:
    """Return whether this command runs inside a hook."""
    return lock_above() is not None


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (OSError, OverflowError) as error:
        return isinstance(error, PermissionError)
    return True
