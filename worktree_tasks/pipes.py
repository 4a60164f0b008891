"""A running program's input and output, until it ends: the one loop that reads and writes pipes."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from . import interruption
from .quick_dataclasses import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

__all__ = ["Exchanged", "exchange", "text"]

_CHUNK = 65536
_LOOK_SECONDS = 0.25
# A background process of the program may keep its pipes open; its own last output is in them by now.
_LINGER_SECONDS = 2.0


# So much of a line's beginning is left out with what stood before it.
_LINE = 4096


@dataclass(slots=True, frozen=True)
class Exchanged:
    """A program's stdout and stderr, also both as they came, and how many bytes of each are left out."""

    out: bytes
    err: bytes
    both: bytes
    omitted: tuple[int, int]


def exchange(
    program: subprocess.Popen[bytes],
    data: bytes | None = None,
    *,
    echo: Callable[[str], None] | None = None,
    echo_out: bool = True,
    seconds: float | None = None,
    most: int | None = None,
) -> Exchanged:
    """Give a program its input while its output is read, until it has ended.

    Args:
        program: The program, whose stdin is a pipe if there is input, and whose outputs are pipes.
        data: Its whole input.
        echo: Receives each line of output as it comes.
        echo_out: Whether it also receives the lines of stdout.
        seconds: How long it may take; no limit by default.
        most: How many bytes of each output to keep, the last ones; all by default.

    Returns:
        What it said; both outputs as they came only where it is bounded.

    Raises:
        TimeoutError: It did not end in time, and is still running.
        KeyboardInterrupt: The command is being interrupted.
    """
    limits = _Limits(program, seconds)
    both = None if most is None else _Kept(2 * most)
    out, err = _Said(echo if echo_out else None, _Kept(most), both), _Said(echo, _Kept(most), both)
    with selectors.DefaultSelector() as selector:
        for stream, said in ((program.stdout, out), (program.stderr, err)):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, said)
        if program.stdin is not None:
            os.set_blocking(program.stdin.fileno(), False)
            selector.register(program.stdin, selectors.EVENT_WRITE, _Fed(memoryview(data or b"")))
        while selector.get_map() and limits.allow():
            for key, _ in selector.select(_LOOK_SECONDS):
                if not key.data.turn(key.fd):
                    selector.unregister(key.fileobj)
                    cast("IO[bytes]", key.fileobj).close()
    while limits.allow():
        with suppress(subprocess.TimeoutExpired):
            program.wait(_LOOK_SECONDS)
            break
    whole = both.last() if both else b""
    return Exchanged(out.kept.last(), err.kept.last(), whole, (out.kept.omitted, err.kept.omitted))


class _Limits:
    """A program's deadline, and how long its pipes are read after its end."""

    def __init__(self, program: subprocess.Popen[bytes], seconds: float | None) -> None:
        self._program = program
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._ended: float | None = None

    def allow(self) -> bool:
        """Return whether to continue reading.

        Raises:
            TimeoutError: The program should have ended by now.
            KeyboardInterrupt: It has ended, and the command is being interrupted.
        """
        now = time.monotonic()
        if self._program.poll() is None:
            if self._deadline is not None and now > self._deadline:
                raise TimeoutError
            return True
        # Its children may still have its pipes: docker's Compose plugin keeps running when docker is killed.
        interruption.refuse_new()
        self._ended = self._ended or now
        return now - self._ended < _LINGER_SECONDS


@dataclass(slots=True)
class _Fed:
    """The input that was not written yet."""

    rest: memoryview

    def turn(self, descriptor: int) -> bool:
        """Write as much as fits; drop the rest once the program no longer reads."""
        with suppress(BlockingIOError):
            try:
                self.rest = self.rest[os.write(descriptor, self.rest[:_CHUNK]) :]
            except BrokenPipeError:
                return False
        return bool(self.rest)


@dataclass(slots=True)
class _Kept:
    """The last bytes of the output, and how many came before them; all of it if there is no limit."""

    most: int | None
    data: bytearray = field(default_factory=bytearray)
    omitted: int = 0

    def add(self, data: bytes) -> None:
        """Add the next output."""
        self.data += data
        # Moving the kept bytes for every few new ones would be slow.
        if self.most is not None and len(self.data) > 2 * self.most:
            self._leave_out(len(self.data) - self.most)

    def last(self) -> bytes:
        """Return the kept bytes, from the beginning of a line if that is near."""
        if self.most is not None and len(self.data) > self.most:
            self._leave_out(len(self.data) - self.most)
        if self.omitted:
            self._leave_out(self.data.find(b"\n", 0, _LINE) + 1)
        return bytes(self.data)

    def _leave_out(self, count: int) -> None:
        del self.data[:count]
        self.omitted += count


@dataclass(slots=True)
class _Said:
    """The output of one stream so far, alone and among both, and its unfinished line."""

    echo: Callable[[str], None] | None
    kept: _Kept
    both: _Kept | None
    line: bytes = b""

    def turn(self, descriptor: int) -> bool:
        """Read the available bytes; empty at the end."""
        data = os.read(descriptor, _CHUNK)
        self.kept.add(data)
        if self.both is not None:
            self.both.add(data)
        if self.echo is not None:
            *lines, self.line = (self.line + data).split(b"\n")
            for line in lines if data or not self.line else [self.line]:
                # Of a line that the program redraws, only the last state counts.
                self.echo(text(line).rstrip().rpartition("\r")[2])
        return bool(data)


def text(data: bytes) -> str:
    """Decode a program's output; file names, which are bytes to git, are preserved."""
    return data.decode(errors="surrogateescape")
