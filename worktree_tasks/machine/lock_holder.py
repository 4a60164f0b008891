"""Who holds a lock: its file names the command, and the system knows what that command left running."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..lazy_modules import later
from ..quick_dataclasses import dataclass
from ..waiting import wait_while

if TYPE_CHECKING:
    from collections.abc import Iterable

    from . import processes
    from .processes import Process
else:
    # Most locks are free.
    (processes,) = later(__package__, ".processes")

__all__ = ["end_orphans", "named", "orphans", "sign", "signed", "unsign", "who"]

# Enough to tell commands apart; what follows may be a command with a password in it.
_WORDS = 2
_LONGEST = 60
_SIZE = 4096
_PATIENCE = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0))


@dataclass(slots=True, frozen=True)
class Signature:
    """The command that took a lock, and when it did, in seconds since 1970."""

    pid: int
    command: str
    since: float


def sign(descriptor: int) -> None:
    """Write into a lock's open file that this command holds it."""
    words = (Path(sys.argv[0]).name, *(word for word in sys.argv[1:] if not word.startswith("-")))
    command = " ".join(_printable(word) for word in words[: _WORDS + 1])
    said = json.dumps({"pid": os.getpid(), "command": command, "since": round(time.time(), 3)})
    # The lock works without it; only the message for those who wait has less detail.
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, said.encode(errors="replace"), 0)


def unsign(descriptor: int) -> None:
    """Empty the file of a lock that this command releases."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)


def signed(file: Path) -> Signature | None:
    """Return the command that a lock's file names; None if it names none."""
    try:
        with file.open("rb") as stream:
            said = json.loads(stream.read(_SIZE))
        return Signature(int(said["pid"]), _printable(str(said["command"])), float(said["since"]))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def orphans(file: Path) -> tuple[Process, ...]:
    """Return the processes by which alone a lock is held, since the command that took it was killed.

    There are none if the system does not report them.
    """
    owners, heirs = processes.locking(file) or ((), ())
    return () if owners else heirs


def end_orphans(file: Path) -> tuple[Process, ...]:
    """End the processes that still hold a lock of a killed command, in bounded time.

    Returns:
        What could not be ended.
    """
    for number, seconds in _PATIENCE:
        for one in orphans(file):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(one.pid, number)
        wait_while(lambda: orphans(file), seconds)
    return orphans(file)


def who(file: Path) -> str:
    """Describe who holds a lock, as far as that is known."""
    said = signed(file)
    command = f" (`{said.command}`)" if said else ""
    if left := orphans(file):
        return f"{named(left)}, left running by a command that was killed{command}"
    return f"pid {said.pid}{command}, since {_moment(said.since)}" if said else "an unknown process"


def named(some: Iterable[Process]) -> str:
    """Describe processes."""
    return ", ".join(f"{_printable(one.name)} (pid {one.pid})" for one in some)


def _moment(since: float) -> str:
    try:
        then, now = time.localtime(since), time.localtime()
    except (OverflowError, OSError, ValueError):
        return "an unknown time"
    return time.strftime("%H:%M:%S" if then[:3] == now[:3] else "%Y-%m-%d %H:%M", then)


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else "?" for one in text[:_LONGEST])
