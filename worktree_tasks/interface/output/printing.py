"""Prints results on stdout, and errors on stderr; the text comes from sentences.py and documents.py."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ...lazy_modules import later
from ...machine.remote_caller import caller
from ...printable import printable
from ..command_spelling import typed
from . import standard_streams

if TYPE_CHECKING:
    import atexit
    import json
    import shutil
    import signal
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ... import errors, interruption
    from ...configuration.worktree_result import Listing
    from ...errors import WorktreeTasksError
    from . import documents
    from .documents import Document
else:
    # A completion needs none of them.
    documents, errors, interruption = later(__package__, ".documents", "...errors", "...interruption")
    atexit, json, shutil, signal = later(None, "atexit", "json", "shutil", "signal")

__all__ = [
    "FirstRows",
    "clear_line",
    "hear",
    "interrupted",
    "put_in_words",
    "show_document",
    "show_error",
    "show_failure",
    "show_lines",
    "show_listings",
    "show_source",
    "show_value",
    "warn_at_once",
    "with_memory",
]

# The indent of an error's detail lines.
_DETAIL = " " * 4
_spoken: Document = {}


def warn_at_once(text: str) -> None:
    """Print a warning on a terminal from a signal handler, which must not wait for a lock."""
    if sys.stderr is not None and standard_streams.is_terminal(sys.stderr):
        os.write(sys.stderr.fileno(), f"! {text}\n".encode())


def clear_line() -> None:
    """Start a fresh line on a terminal, which echoes `^C` when it is pressed."""
    if standard_streams.is_terminal(sys.stderr):
        standard_streams.write_stderr("\r\x1b[K" if standard_streams.moves(sys.stderr) else "\n")


def interrupted(error: KeyboardInterrupt) -> errors.Failure:
    """Return the error for Ctrl-C, SIGTERM or the time limit, and ignore any further Ctrl-C."""
    number = interruption.happened() or signal.SIGINT
    clear_line()
    # Python waits for threads when it exits, and would print a traceback for another Ctrl-C.
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)
    reason = "; ".join(map(str, error.args))
    if number == signal.SIGALRM:
        return errors.TimedOut(reason)
    return errors.Interrupted(reason, 128 + number, getattr(error, "hint", ""))


def show_lines(lines: Iterable[str]) -> None:
    """Print lines of text; each stays one line, except for columns too wide for the terminal."""
    whole = [printable(line) for line in lines]
    if standard_streams.is_terminal(sys.stdout):
        from .table_layout import folded  # noqa: PLC0415 - only terminals need it

        width = shutil.get_terminal_size().columns
        whole = [one for line in whole for one in folded(line, width)]
    standard_streams.write_stdout("\n".join(whole))


def show_value(text: str) -> None:
    """Print a value that programs read, such as a path: unchanged for them, escaped on a terminal."""
    exact = not standard_streams.is_terminal(sys.stdout)
    standard_streams.write_stdout(text if exact else printable(text), exact=exact)


def show_source(text: str) -> None:
    """Print shell functions unchanged; every line of them is ours."""
    standard_streams.write_stdout(text, exact=True)


def hear(lines: Iterable[str], *, question: str = "") -> None:
    """Keep lines and questions for a user on another machine: the JSON documents then contain them."""
    if caller():
        _spoken.update({"question": question} if question else {}, said=[*_spoken.get("said", ()), *lines])


def show_document(document: Document) -> None:
    """Print one JSON document with exact values: in ASCII, which any stream can encode."""
    standard_streams.write_stdout(json.dumps({**document, **_spoken}, indent=2))


def show_error(error: WorktreeTasksError) -> None:
    """Print an error as a JSON document, in place of its words on stderr."""
    # If it cannot be written, the text on stderr and the exit code remain.
    with suppress(standard_streams.Unwritten):
        show_document(documents.error(error))
        error.documented = True


def show_failure(error: WorktreeTasksError) -> None:
    """Print an error's text on stderr, as Invoke does for tasks."""
    put_in_words(error)
    standard_streams.write_stderr(f"{error.message}\n" if error.message else "")


def put_in_words(error: WorktreeTasksError) -> None:
    """Set the text that is printed for an error: tasks as they are typed, and colours where wanted."""
    error.rewrite(typed)
    if error.documented:
        error.message = ""  # then Invoke prints nothing
    elif standard_streams.coloured(sys.stderr):
        what, *rest = str(error).split("\n")
        details = (f"\x1b[2m{line}\x1b[0m" if line.startswith(_DETAIL) else line for line in rest)
        error.message = "\n".join((f"\x1b[31m{what[0]}\x1b[0m{what[1:]}", *details))


def with_memory(looks: Iterator[tuple[Listing, ...]], *, live: bool) -> tuple[Listing, ...]:
    """Return the listings of all projects with their memory; a terminal shows them while it is measured.

    Args:
        looks: The listings without memory, then those with it.
        live: Whether to show anything meanwhile.
    """
    found = next(looks)
    if not (live and found and standard_streams.moves(sys.stdout)):
        return next(looks)
    from .refreshed_table import shown_meanwhile  # noqa: PLC0415 - needs rich, and only terminals need that

    with shown_meanwhile(found):
        return next(looks)


class FirstRows:
    """The first rows of a list that is still being queried, on a terminal that can be overwritten.

    Attributes:
        possible: Whether stdout is such a terminal.
    """

    def __init__(self) -> None:
        self.possible = standard_streams.moves(sys.stdout)
        self._lines = 0

    def show(self, listing: Listing) -> None:
        """Show what is known so far in place of what was shown before, as far as it can be overwritten."""
        if not self.possible:
            return
        self.take_away()
        from .table_painting import columns, measure, painted, size, table_lines  # noqa: PLC0415 - for lists only

        width = columns()
        table = list(table_lines([listing], width, time.time(), projects=False))
        # The cursor must be able to return to the first line.
        lines = table[: max(0, size().lines - 1)]
        if lines and all(measure("".join(text for text, _ in line)) <= width for line in lines):
            standard_streams.write_stdout("\n".join(map(painted, lines)))
            self._lines = len(lines)

    def take_away(self) -> None:
        """Clear the rows, and leave the cursor where the first one was."""
        if self._lines:
            standard_streams.clear_lines(self._lines)
            self._lines = 0


def show_listings(
    listings: Sequence[Listing], *, everywhere: bool = False, over: Callable[[], None] = lambda: None
) -> None:
    """Print worktrees: on a terminal as a table that fits, elsewhere as plain lines with full values.

    Args:
        listings: A project's listing, or those of all projects.
        everywhere: Whether to show each worktree's project, and its measured memory.
        over: Clears what is shown in the table's place.
    """
    if not listings:
        from .sentences import NO_PROJECT  # noqa: PLC0415 - rarely needed

        show_lines([typed(NO_PROJECT)])
    elif standard_streams.is_terminal(sys.stdout):
        from .table_painting import columns, painted, table_lines  # noqa: PLC0415 - loaded for lists only

        # Never break names and URLs, so that they can be copied.
        lines = table_lines(listings, columns(), time.time(), projects=everywhere)
        text = "\n".join(map(painted, lines))
        over()
        standard_streams.write_stdout(text)
    else:
        from .plain_table import plain_lines  # noqa: PLC0415 - the same
        from .table_rows import rows_of  # noqa: PLC0415 - loaded for lists only

        rows = [row for one in listings for row in rows_of(one, time.time())]
        show_lines(plain_lines(rows, projects=everywhere, memory=everywhere))
