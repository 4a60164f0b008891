"""What a running program is fed and what it says, until it ends: the one loop that reads and writes pipes."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, cast

from . import interruption

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

__all__ = ["Exchanged", "exchange", "text"]

_CHUNK = 65536
_LOOK_SECONDS = 0.25
# What a program started in the background may have its pipes for ever; its own last words are in them by now.
_LINGER_SECONDS = 2.0


# So much of a line's beginning is left out with what stood before it.
_LINE = 4096


class Exchanged(NamedTuple):
    """What a program said on stdout and stderr, both as it came, and how many bytes of each are left out."""

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
        echo: Gets each line that it says as it comes.
        echo_out: Whether it gets those of stdout too.
        seconds: How long it may take; for ever by default.
        most: How many bytes of each output are kept, the last ones; all by default.

    Returns:
        What it said; both outputs as they came only where it is bounded.

    Raises:
        TimeoutError: It has not ended in time, and still runs.
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
    """When a program has to have ended, and how long its pipes are read after its end."""

    def __init__(self, program: subprocess.Popen[bytes], seconds: float | None) -> None:
        self._program = program
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._ended: float | None = None

    def allow(self) -> bool:
        """Return whether to go on reading.

        Raises:
            TimeoutError: The program should have ended by now.
            KeyboardInterrupt: It has ended, and the command is being interrupted.
        """
        now = time.monotonic()
        if self._program.poll() is None:
            if self._deadline is not None and now > self._deadline:
                raise TimeoutError
            return True
        # Whatever it started may have its pipes still: docker's Compose plugin goes on when docker is killed.
        interruption.refuse_new()
        self._ended = self._ended or now
        return now - self._ended < _LINGER_SECONDS


@dataclass(slots=True)
class _Fed:
    """What of the input was not taken yet."""

    rest: memoryview

    def turn(self, descriptor: int) -> bool:
        """Write as much as fits; nothing is left when the program reads no more."""
        with suppress(BlockingIOError):
            try:
                self.rest = self.rest[os.write(descriptor, self.rest[:_CHUNK]) :]
            except BrokenPipeError:
                return False
        return bool(self.rest)


@dataclass(slots=True)
class _Kept:
    """The last bytes of what was said, and how many stood before them; all where there is no limit."""

    most: int | None
    data: bytearray = field(default_factory=bytearray)
    omitted: int = 0

    def add(self, data: bytes) -> None:
        """Take what was said next."""
        self.data += data
        # To move what is kept for every few bytes would take long.
        if self.most is not None and len(self.data) > 2 * self.most:
            self._leave_out(len(self.data) - self.most)

    def last(self) -> bytes:
        """Return what is kept, from the beginning of a line on where that is near."""
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
    """What one output said so far, alone and among both, and the line in it that has not ended."""

    echo: Callable[[str], None] | None
    kept: _Kept
    both: _Kept | None
    line: bytes = b""

    def turn(self, descriptor: int) -> bool:
        """Read what there is; nothing at the end."""
        data = os.read(descriptor, _CHUNK)
        self.kept.add(data)
        if self.both is not None:
            self.both.add(data)
        if self.echo is not None:
            *lines, self.line = (self.line + data).split(b"\n")
            for line in lines if data or not self.line else [self.line]:
                # A program that redraws its line means the last state of it.
                self.echo(text(line).rstrip().rpartition("\r")[2])
        return bool(data)


def text(data: bytes) -> str:
    """Return what a program said; file names are bytes to git, and come through unharmed."""
    return data.decode(errors="surrogateescape")
