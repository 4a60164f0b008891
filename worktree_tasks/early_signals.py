"""Ctrl-C and SIGTERM before a task handles them: nothing is half made, and `--json` still gets a document."""

from __future__ import annotations

import os
import sys

# Nothing of typing is needed here, see __main__. Type checkers treat this as true.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

__all__ = ["answered", "end", "handled", "has_answered", "hear", "interrupted", "wants_document"]

_DOCUMENT = """{{
  "schema": 1,
  "error": {{
    "kind": "interrupted",
    "what": "interrupted",
    "details": [],
    "hint": "run the same command again: it finishes what it began",
    "code": {code}
  }}
}}
"""
_answered = False


def answered() -> None:
    """Note that a result was printed, so that no other one is."""
    global _answered  # noqa: PLW0603 - there is one stdout
    _answered = True


def has_answered() -> bool:
    """Return whether a result was printed."""
    return _answered


def wants_document(words: Sequence[str] | None = None) -> bool:
    """Return whether a command line, ours by default, requests a document; words after `--` do not count."""
    words = sys.argv[1:] if words is None else words
    return "--json" in (words[: words.index("--")] if "--" in words else words)


def hear() -> None:
    """Let SIGTERM and SIGHUP end the program with a document, if one is wanted, until a task handles them."""
    if wants_document():
        import signal  # noqa: PLC0415 - a completion needs none of it

        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, end)


def handled() -> None:
    """Make Python exit with our code after a KeyboardInterrupt.

    Where one came while a text was run as code, as when a dataclass is made, Python ends itself by SIGINT in
    the end, although it was handled: the next such text makes it forget that (`run_eval_code_obj` in
    Python/pythonrun.c).
    """
    eval("0")  # noqa: S307 - see above


def interrupted(number: int) -> int:
    """Report in a document, if one is wanted, that a signal ended the program; return the exit code."""
    handled()
    code = 128 + number
    if wants_document() and not _answered:
        try:
            os.write(1, _DOCUMENT.format(code=code).encode())
        except OSError:
            # The exit code has to suffice.
            return code
        answered()
    return code


def end(number: int, _frame: FrameType | None) -> None:
    """Exit at once, as a signal handler."""
    os._exit(interrupted(number))
