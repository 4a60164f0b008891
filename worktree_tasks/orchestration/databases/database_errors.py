"""What the database engines share: watching a long copy, and the errors for a server's refusals."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ... import interruption
from ...errors import Failure, WorktreeTasksError
from ...printable import lines_of, said_last

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ...command import Result
    from .database_engine import Server

__all__ = ["checked", "missing", "not_copied", "room", "undone", "watched"]

_LOOK_SECONDS = 0.3
# Lines after the first error, such as its context, say less.
_ERROR = re.compile(r"\b(?:error|ERROR|FATAL|PANIC)\b.*?:")


def room(result: Result) -> int | None:
    """Return the free bytes in the output of `df -P -k` for one file system; None if it failed."""
    words = lines_of(result.out.rstrip())[-1].split() if result.code == 0 and result.out.strip() else []
    return int(words[3]) * 1024 if len(words) > 3 and words[3].isdigit() else None  # noqa: PLR2004


def watched(work: Callable[[], Result], look: Callable[[], None], end: Callable[[], None]) -> Result:
    """Run something in another thread, and check its progress until it is done.

    Args:
        work: What to run.
        look: Checks the progress; called again and again.
        end: Ends the work early; called when this command is interrupted or `look` fails.
    """

    def glance() -> None:
        if interruption.happened():
            raise KeyboardInterrupt
        look()

    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(work)
        with undone(end):
            while wait([doing], _LOOK_SECONDS).not_done:
                glance()
        return doing.result()


@contextmanager
def undone(*steps: Callable[[], None]) -> Iterator[None]:
    """Undo what the block did if it fails or is interrupted, as far as the server allows.

    Args:
        steps: What undoes it, in this order.
    """
    try:
        yield
    except BaseException:
        with interruption.undoing(), suppress(WorktreeTasksError):
            for step in steps:
                step()
        raise


def not_copied(server: Server, what: str) -> Failure:
    """Return the failure for a server that only speaks the protocol of one whose databases we copy."""
    return Failure(
        f"{server.service} is {what}, whose databases cannot be copied",
        "the setting wt.database: shared uses main's databases",
        kind="database-not-copied",
    )


def missing(server: Server, main: str) -> Failure:
    """Return the failure for one of main's databases that the server does not have."""
    return Failure(
        f"{server.service} has no database {main}",
        "create it in main, or remove its name from the own services' environment or wt.databases",
        kind="database-gone",
    )


def checked(server: Server, what: str, result: Result, hint: str) -> Result:
    """Return the result of one of a server's programs.

    Args:
        server: The server.
        what: What failed if the program did.
        result: The result.
        hint: What helps then; the server's log if it is empty.

    Raises:
        Failure: The program failed; the message has the first error in its output.
    """
    if result.code == 0:
        return result
    errors = [line for line in lines_of(result.err) if _ERROR.search(line)]
    reason = errors[0] if errors else said_last(result.err, said_last(result.out, result.ending))
    logs = f"docker compose logs {server.service} in main shows more; then run the same command again"
    raise Failure(f"{server.service}: {what}: {reason}", hint or logs, kind="database-failed")
