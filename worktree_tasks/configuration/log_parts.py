"""Which part of a log Docker can show."""

from __future__ import annotations

import re

from ..errors import BadUse

__all__ = ["check_part"]

# Go's durations and Docker's timestamps: https://docs.docker.com/reference/cli/docker/container/logs/#since
_SINCE = re.compile(
    r"(?:\d+(?:\.\d+)?(?:h|ms|m|s))+|\d+(?:\.\d+)?|\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?"
)


def check_part(since: str | None, tail: str | None) -> None:
    """Make sure that Docker accepts which part of the logs to show.

    Args:
        since: The time from which on; None for the beginning.
        tail: The number of last lines, or `all`; None for all.

    Raises:
        BadUse: It does not.
    """
    if since is not None and not _SINCE.fullmatch(since):
        raise BadUse(
            f"--since {since!r} is not a time",
            "write it as 10m, 2h30m, 2026-01-31 or 2026-01-31T12:00:00",
            kind="bad-value",
        )
    if tail is not None and tail != "all" and not (tail.isascii() and tail.isdigit()):
        raise BadUse(
            f"--tail {tail!r} is not a number of lines",
            "write it in digits, such as --tail 20",
            kind="bad-value",
        )
