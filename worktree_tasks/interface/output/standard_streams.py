"""Our stdout and stderr, even if they are closed, full, in another encoding, or without a reader."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from ... import early_signals

if TYPE_CHECKING:
    from typing import NoReturn, TextIO

__all__ = [
    "Unwritten",
    "be_plain",
    "clear_lines",
    "coloured",
    "is_plain",
    "is_terminal",
    "leave",
    "moves",
    "prepare",
    "tolerate",
    "write_stderr",
    "write_stdout",
]

_plain = False
# Why writing to stdout failed, once it has.
_refusal: str | None = None


class Unwritten(Exception):
    """A result could not be written, for instance to a full disk; the message says why."""


def be_plain(*, plain: bool = True) -> None:
    """Write to terminals without colours or animation, for screen readers."""
    global _plain  # noqa: PLW0603 - there is one terminal
    _plain = plain


def is_plain() -> bool:
    """Return whether terminals get plain output."""
    return _plain


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal."""
    return stream is not None and stream.isatty()


def moves(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal that can be overwritten, and the user wants that."""
    return is_terminal(stream) and not _plain and os.environ.get("TERM") not in ("dumb", "unknown")


def coloured(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal, and the user wants colours."""
    return moves(stream) and "NO_COLOR" not in os.environ


class _Lossy(io.FileIO):
    """A stream for messages beside the result: what cannot be written is dropped, and the work continues."""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        """Write the data, or pretend to."""
        try:
            return super().write(data) or 0
        except OSError:
            return len(data)


def prepare() -> None:
    """Make the program's streams usable: none closed, and a stderr that never fails."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        # The next file to be opened would get the number of a closed stream.
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))
    lossy = _Lossy(sys.stderr.fileno(), "w", closefd=False)
    sys.stderr = io.TextIOWrapper(
        lossy,  # no buffer is needed in between
        encoding=sys.stderr.encoding,
        errors="backslashreplace",
        write_through=True,
    )
    tolerate()


def tolerate() -> None:
    """Let our streams escape characters that their encoding lacks, such as our signs in ASCII."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in {"strict", "surrogateescape"}:
            stream.reconfigure(errors="backslashreplace")


def write_stdout(text: str, *, exact: bool = False) -> None:
    """Write a result on stdout.

    Args:
        text: The result.
        exact: Whether it is for programs, which get the exact bytes of names that are not UTF-8.

    Raises:
        Unwritten: It could not be written.
    """
    global _refusal  # noqa: PLW0603 - there is one stdout
    if sys.stdout is None:
        return
    if _refusal:
        raise Unwritten(_refusal)
    early_signals.answered()
    try:
        if exact and isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.flush()
            sys.stdout.buffer.write(os.fsencode(f"{text}\n"))
        else:
            sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except OSError as error:
        # Python would try again when it exits.
        _drop_the_rest()
        # The reader, such as `head`, has enough.
        if not isinstance(error, BrokenPipeError):
            _refusal = error.strerror or str(error)
            raise Unwritten(_refusal) from error


def clear_lines(lines: int) -> None:
    """Clear the last lines on a terminal, and leave the cursor where the first of them was."""
    with suppress(OSError):
        sys.stdout.write(f"\x1b[{lines}F\x1b[J")
        sys.stdout.flush()


def _drop_the_rest() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def leave(code: int) -> NoReturn:
    """Exit at once when everything is closed and written: Python's own cleanup takes 10 ms."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)


def write_stderr(text: str) -> None:
    """Write something on stderr; drop it if it cannot be written, as nothing depends on it."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        return
