"""What engines have in common when they ask their servers."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import TYPE_CHECKING

from ... import interruption
from ...errors import Failure, WorktreeTasksError
from ...printable import lines_of, said_last

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...command import Result
    from .engine import Server

__all__ = ["missing", "refusal", "room", "watched"]

_LOOK_SECONDS = 0.3
# What is behind the first error, such as its context, tells less.
_ERROR = re.compile(r"\b(?:error|ERROR|FATAL|PANIC)\b.*?:")


def room(said: Result) -> int | None:
    """Return the free bytes that `df -P -k` told of one file system; None where it did not."""
    words = lines_of(said.out.rstrip())[-1].split() if said.code == 0 and said.out.strip() else []
    return int(words[3]) * 1024 if len(words) > 3 and words[3].isdigit() else None  # noqa: PLR2004


def watched(work: Callable[[], Result], look: Callable[[], None], end: Callable[[], None]) -> Result:
    """Do something in another thread, and look at it until it is done.

    Args:
        work: What is done.
        look: Looks how far it is, now and again.
        end: Ends it before its time; called when this command is interrupted, or the look fails.
    """

    def glance() -> None:
        if interruption.happened():
            raise KeyboardInterrupt
        look()

    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(work)
        try:
            while wait([doing], _LOOK_SECONDS).not_done:
                glance()
        except BaseException:
            with interruption.undoing(), suppress(WorktreeTasksError):
                end()
            raise
        return doing.result()


def missing(server: Server, main: str) -> Failure:
    """Return the failure for a database of main's that the server does not have."""
    return Failure(
        f"{server.service} has no database {main}",
        "the own services' environment or wt.databases names it: make it in main, or leave it out there",
        kind="database-gone",
    )


def refusal(server: Server, what: str, result: Result, hint: str = "") -> Failure:
    """Return the failure for what a server refused, by the first error that it tells."""
    errors = [line for line in lines_of(result.err) if _ERROR.search(line)]
    said = errors[0] if errors else said_last(result.err, said_last(result.out, f"exit code {result.code}"))
    tells = f"docker compose logs {server.service} in main tells more; then run the same command again"
    return Failure(f"{server.service}: {what}: {said}", hint or tells, kind="database-failed")
