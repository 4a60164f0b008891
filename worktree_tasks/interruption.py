"""Ctrl-C and SIGTERM: what runs is stopped together, and what takes it back is not disturbed.

The terminal sends Ctrl-C to us and to the programs that we run, while threads of ours hear nothing of it.
So the first one is raised in the main thread, and the lanes are stopped from there. Later ones change
nothing: the command is on its way out by then, and programs that it still starts are out of the terminal's
reach.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import early

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

__all__ = [
    "begun",
    "deferred",
    "end",
    "happened",
    "heard",
    "limited",
    "pause",
    "refuse_new",
    "settle",
    "stopping",
    "undoing",
]

# A program that heard the terminal's Ctrl-C itself ends within the first time; after the second it is killed.
_PATIENCE = (0.3, 5.0)
# A terminal tells all of Ctrl-C at once; within so many seconds our main thread has come to its turn.
_HEARING = 0.2
# The handlers that are nobody's of those who called us.
_PLAIN = {signal.SIGINT: (signal.default_int_handler,), signal.SIGTERM: (signal.SIG_DFL, early.end)}


@dataclass(slots=True)
class _State:
    """There is one, as a process has one set of signals.

    Attributes:
        first: The signal that came first; None when none did.
        again: What says so when there is a second one.
        depth: How many blocks the main thread is in that must not be cut through.
        waits: Whether a signal waits for the last of them to end.
        stop: Set while programs are ended and none may begin.
        programs: Those that run.
        turn: Held while `programs` changes.
        thread: Whether a thread takes back what it did.
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
    """Return the number of the signal that ends this command; None while none does."""
    return _state.first


@contextmanager
def heard(again: Callable[[], None]) -> Iterator[None]:
    """Raise KeyboardInterrupt once for Ctrl-C and SIGTERM while the block runs.

    Signals that somebody else handles stay theirs, and outside of the main thread nothing is done.

    Args:
        again: Called in the signal's handler when there is a second one.
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


def _hear(number: int, _frame: FrameType | None) -> None:
    if _state.first is not None:
        _state.again()
        return
    _state.first = number
    if _state.depth:
        _state.waits = True
        return
    raise KeyboardInterrupt


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Interrupt the block, in the main thread, after so many seconds; `happened` is SIGALRM then."""
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
    """Let a signal wait until the block has ended, which must be soon."""
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
    """End the programs that run, and let none begin, while the block waits for the threads that run them."""
    timers = [
        threading.Timer(_PATIENCE[0], _send, [signal.SIGINT]),
        threading.Timer(_PATIENCE[1], _send, [signal.SIGKILL]),
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


def _send(number: int) -> None:
    with _state.turn:
        for program in _state.programs:
            program.send_signal(number)


@contextmanager
def undoing() -> Iterator[None]:
    """Let programs begin and end in peace in this thread, which takes back what it did."""
    before = _undoes()
    _state.thread.undoes = True
    try:
        yield
    finally:
        _state.thread.undoes = before


def _undoes() -> bool:
    return getattr(_state.thread, "undoes", False)


def refuse_new() -> None:
    """Make sure that a program or a wait may begin.

    Raises:
        KeyboardInterrupt: The command is being interrupted.
    """
    if _state.stop.is_set() and not _undoes():
        raise KeyboardInterrupt


@contextmanager
def begun(program: subprocess.Popen[bytes]) -> Iterator[None]:
    """Let `stopping` know of a program while the block waits for it."""
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


def end(program: subprocess.Popen[bytes]) -> None:
    """End a program for which nobody waits any more: it may put something in order, then it is killed."""
    for number, seconds in ((0, _PATIENCE[0]), (signal.SIGINT, _PATIENCE[1]), (signal.SIGKILL, None)):
        if number:
            program.send_signal(number)
        try:
            program.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        return


def pause(seconds: float) -> None:
    """Wait, in any thread, unless the command is being interrupted.

    Raises:
        KeyboardInterrupt: It is.
    """
    if _undoes():
        time.sleep(seconds)
    elif _state.stop.wait(seconds):
        raise KeyboardInterrupt


def settle() -> None:
    """Let the main thread hear of the Ctrl-C that a program may have ended from, before it counts as failed.

    Raises:
        KeyboardInterrupt: The command is being interrupted.
    """
    if not _undoes() and not _in_main():
        pause(_HEARING)


def _in_main() -> bool:
    return threading.current_thread() is threading.main_thread()
