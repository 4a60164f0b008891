"""Ctrl-C, SIGTERM and a closed terminal: all that runs is stopped together, and undoing it is not disturbed.

The terminal sends Ctrl-C to us and to the programs that we run, but our threads do not receive it: it is
raised in the main thread, and the lanes are stopped from there. Later ones change nothing, since the command
is on its way out, and programs that it still starts are out of the terminal's reach.
"""

from __future__ import annotations

import _thread
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from . import early_signals
from .quick_dataclasses import dataclass, field

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = [
    "PATIENCE",
    "begun",
    "deferred",
    "happened",
    "heard",
    "limited",
    "pause",
    "refuse_new",
    "stopping",
    "undoing",
    "wait_for_ctrl_c",
]

# A program that got the terminal's Ctrl-C itself ends within the first time; after the second it is killed.
PATIENCE = (0.3, 5.0)
# A terminal sends Ctrl-C to all at once; within this many seconds our main thread has handled it.
_HEARING = 0.2
# Python's imports take a lock that every thread needs: an exception between that and the `try` that frees it
# would keep it, and in a callback of theirs the exception would be dropped as well.
_IMPORTS = "<frozen importlib"
_LEAVING_SECONDS = 0.01
# The handlers that our callers did not set.
_ENDING = (signal.SIG_DFL, early_signals.end)
_PLAIN = {signal.SIGINT: (signal.default_int_handler,), signal.SIGTERM: _ENDING, signal.SIGHUP: _ENDING}


@dataclass(slots=True)
class _State:
    """The state of the process's signals; there is only one.

    Attributes:
        first: The first signal that came; None if none did.
        again: Called for a second signal, to report it.
        depth: How many blocks the main thread is in that must not be interrupted.
        waits: Whether a signal is pending until the last of them ends.
        stop: Set while programs are being ended and none may start.
        programs: The running programs.
        turn: Held while `programs` changes.
        thread: Whether a thread is undoing its work.
    """

    first: int | None = None
    again: Callable[[], None] = lambda: None
    depth: int = 0
    waits: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    programs: set[subprocess.Popen[bytes]] = field(default_factory=set)
    turn: threading.Lock = field(default_factory=threading.Lock)
    thread: threading.local = field(default_factory=threading.local)


_state = _State()


def happened() -> int | None:
    """Return the number of the signal that is ending this command; None if there is none."""
    return _state.first


@contextmanager
def heard(again: Callable[[], None]) -> Iterator[None]:
    """Raise KeyboardInterrupt once for Ctrl-C, SIGTERM and a closed terminal while the block runs.

    Signals that others handle stay with them, and outside the main thread nothing is done.

    Args:
        again: Called in the signal handler for a second signal.
    """
    if not _in_main():
        yield
        return
    taken = {
        number: before for number, plain in _PLAIN.items() if (before := signal.getsignal(number)) in plain
    }
    for number in taken:
        signal.signal(number, _hear)
    _state.again = again if taken else _state.again
    try:
        yield
    finally:
        for number, before in taken.items():
            signal.signal(number, before)
        if taken:
            _state.first, _state.waits = None, False


def _hear(number: int, frame: FrameType | None) -> None:
    if _state.first is not None:
        _state.again()
        return
    if frame is not None and frame.f_code.co_filename.startswith(_IMPORTS):
        _thread.start_new_thread(_repeat, (number,))
        return
    _state.first = number
    if _state.depth:
        _state.waits = True
        return
    raise KeyboardInterrupt


def _repeat(number: int) -> None:
    time.sleep(_LEAVING_SECONDS)
    if signal.getsignal(number) is _hear:  # the command has not ended meanwhile
        signal.pthread_kill(threading.main_thread().ident or 0, number)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Interrupt the block, in the main thread, after this many seconds; then `happened` returns SIGALRM."""
    if not _in_main() or signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGALRM, _hear)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


@contextmanager
def deferred() -> Iterator[None]:
    """Defer signals until the block has ended, which must be soon."""
    if not _in_main():
        yield
        return
    _state.depth += 1
    try:
        yield
    finally:
        _state.depth -= 1
        if _state.waits and not _state.depth:
            _state.waits = False
            raise KeyboardInterrupt


@contextmanager
def stopping() -> Iterator[None]:
    """End the running programs, and let none start, while the block waits for the threads that run them."""

    def send(number: int) -> None:
        with _state.turn:
            for program in _state.programs:
                program.send_signal(number)

    timers = [
        threading.Timer(seconds, send, [number])
        for number, seconds in zip((signal.SIGINT, signal.SIGKILL), PATIENCE, strict=True)
    ]
    _state.stop.set()
    for timer in timers:
        timer.daemon = True
        timer.start()
    try:
        yield
    finally:
        for timer in timers:
            timer.cancel()
        _state.stop.clear()


@contextmanager
def undoing() -> Iterator[None]:
    """Let programs start and end undisturbed in this thread, which is undoing its work."""
    before, _state.thread.undoes = _undoes(), True
    try:
        yield
    finally:
        _state.thread.undoes = before


def _undoes() -> bool:
    return getattr(_state.thread, "undoes", False)


def refuse_new() -> None:
    """Check that a program or a wait may start.

    Raises:
        KeyboardInterrupt: The command is being interrupted.
    """
    if _state.stop.is_set() and not _undoes():
        raise KeyboardInterrupt


@contextmanager
def begun(program: subprocess.Popen[bytes]) -> Iterator[None]:
    """Register a program with `stopping` while the block waits for it."""
    if _undoes():
        yield
        return
    with _state.turn:
        _state.programs.add(program)
    try:
        yield
    finally:
        with _state.turn:
            _state.programs.discard(program)


def pause(seconds: float) -> None:
    """Wait, in any thread, unless the command is being interrupted.

    Raises:
        KeyboardInterrupt: The command is being interrupted.
    """
    if _undoes():
        time.sleep(seconds)
    elif _state.stop.wait(seconds):
        raise KeyboardInterrupt


def wait_for_ctrl_c() -> None:
    """Let the main thread handle a Ctrl-C that may have ended a program, before that counts as failed.

    Raises:
        KeyboardInterrupt: The command is being interrupted.
    """
    if not _undoes() and not _in_main():
        pause(_HEARING)


def _in_main() -> bool:
    return threading.current_thread() is threading.main_thread()
