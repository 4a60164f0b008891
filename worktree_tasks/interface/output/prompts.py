"""Questions to the user on a terminal: yes or no, or one key."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ...printable import printable
from . import standard_streams

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ask", "ask_about", "ask_key", "can_ask"]


def can_ask() -> bool:
    """Return whether a user can answer on a terminal."""
    # A closed stream is None.
    return all(map(standard_streams.is_terminal, (sys.stdin, sys.stderr)))


def ask(question: str) -> bool:
    """Ask on the terminal; any answer other than yes means no."""
    standard_streams.write_stderr(f"{printable(question)} [y/N] ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def ask_about(lines: Sequence[str], question: str) -> bool:
    """Show lines on the terminal, and ask about them."""
    first, *others = map(printable, lines)
    standard_streams.write_stderr(
        "".join(f"{line}\n" for line in (f"! {first}", *(f"    {one}" for one in others)))
    )
    return ask(question)


def ask_key(question: str) -> str:
    """Ask on the terminal for one key, without Enter; empty at the end of input."""
    import termios  # noqa: PLC0415 - not everywhere, and rarely needed
    import tty  # noqa: PLC0415 - the same

    standard_streams.write_stderr(printable(question))
    stream = sys.stdin.fileno()
    before = termios.tcgetattr(stream)
    try:
        # Read Ctrl-C as a key: as a signal it would end the shell function that asks through us.
        tty.setraw(stream, termios.TCSANOW)
        # Keys such as arrows send several bytes at once.
        pressed = os.read(stream, 32).decode(errors="replace")[:1]
    finally:
        termios.tcsetattr(stream, termios.TCSADRAIN, before)
        standard_streams.write_stderr("\n")
    return pressed
