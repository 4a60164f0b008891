"""Prints results on stdout and asks on stderr; what is said is in words.py and documents.py."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from ...printable import printable
from ..dialect import typed
from . import documents, streams

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...configuration.results import Listing
    from ...errors import WorktreeTasksError
    from .documents import Document

__all__ = [
    "ask",
    "ask_about",
    "can_ask",
    "clear_line",
    "show_document",
    "show_error",
    "show_failure",
    "show_lines",
    "show_listings",
    "show_source",
    "show_value",
    "warn_at_once",
]


def warn_at_once(text: str) -> None:
    """Say something on a terminal from a signal's handler, where nothing may wait for a lock."""
    if sys.stderr is not None and sys.stderr.isatty():
        os.write(sys.stderr.fileno(), f"! {text}\n".encode())


def clear_line() -> None:
    """Begin a line anew on a terminal, which shows `^C` where that was pressed."""
    if sys.stderr is not None and sys.stderr.isatty():
        streams.complain("\n" if os.environ.get("TERM") == "dumb" else "\r\x1b[K")


def can_ask() -> bool:
    """Return whether a person is there to answer."""
    # A stream that was closed is None.
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def ask(question: str) -> bool:
    """Ask on the terminal; anything but yes is no."""
    streams.complain(f"{printable(question)} [y/N] ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def ask_about(lines: Sequence[str], question: str) -> bool:
    """Show lines on the terminal, and ask about them."""
    first, *others = map(printable, lines)
    streams.complain("".join(f"{line}\n" for line in (f"! {first}", *(f"    {one}" for one in others))))
    return ask(question)


def show_lines(lines: Iterable[str]) -> None:
    """Print lines of words; whatever stands in one, it stays one."""
    streams.tell("\n".join(map(printable, lines)))


def show_value(text: str) -> None:
    """Print what programs take from us, such as a path: as it is for them, escaped on a terminal."""
    exact = sys.stdout is not None and not sys.stdout.isatty()
    streams.tell(text if exact else printable(text), exact=exact)


def show_source(text: str) -> None:
    """Print a shell's functions, which are ours from the first line to the last."""
    streams.tell(text, exact=True)


def show_document(document: Document) -> None:
    """Print one JSON document, which says everything as it is: in ASCII, so that any stream can bear it."""
    streams.tell(json.dumps(document, indent=2))


def show_error(error: WorktreeTasksError) -> None:
    """Print an error as a JSON document; Invoke prints its words on stderr."""
    # Where that cannot be written, the words and the code have to do.
    with suppress(streams.Unwritten):
        show_document(documents.error(error))


def show_failure(error: WorktreeTasksError) -> None:
    """Print an error's words on stderr, as Invoke does for tasks."""
    error.rewrite(typed)
    streams.complain(f"{error}\n")


def show_listings(listings: Sequence[Listing], *, everywhere: bool = False) -> None:
    """Print worktrees: on a terminal as a table that fits it, elsewhere as plain lines of whole values.

    Args:
        listings: A project's listing, or those of all projects.
        everywhere: Whether to tell the project of each, and the memory that was measured.
    """
    if not listings:
        from .words import NO_PROJECT  # noqa: PLC0415 - rarely needed

        show_lines([typed(NO_PROJECT)])
    elif sys.stdout is not None and sys.stdout.isatty():
        from rich.console import Console  # noqa: PLC0415 - costs 60 ms, and only terminals need it

        from .screen import lines_of  # noqa: PLC0415 - the same

        console = Console(highlight=False, markup=False, emoji=False)
        for line in lines_of(listings, console.width, time.time(), projects=everywhere):
            # Names and URLs are never broken by us, so that they can be copied as they are.
            console.print(line, soft_wrap=True)
    else:
        from .rows import rows_of  # noqa: PLC0415 - loaded for lists only
        from .table import plain_lines  # noqa: PLC0415 - the same

        rows = [row for one in listings for row in rows_of(one, time.time())]
        show_lines(plain_lines(rows, projects=everywhere, memory=everywhere))
