"""Duties: what a service does with jobs."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .job_tools import JobTool

__all__ = ["Duties", "Duty", "merged"]


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that a service does with jobs.

    Attributes:
        tool: The tool that it does it with.
        what: The command or name that shows it.
        through: The scripts that lead to it, as paths in the container.
        both: Whether one command both takes and schedules jobs, such as `celery worker -B`.
        named: Whether only a name shows it.
    """

    tool: JobTool
    what: str
    through: tuple[str, ...] = ()
    both: bool = False
    named: bool = False

    def __str__(self) -> str:
        """Return the command, and the script it is in."""
        return f"{self.what} in {posixpath.basename(self.through[-1])}" if self.through else self.what


@dataclass(frozen=True, slots=True)
class Duties:
    """What a service does with jobs.

    Attributes:
        workers: How it takes them.
        schedulers: How it adds scheduled jobs.
        serves: Whether it serves requests too.
        command: Its command without the flag that makes it schedule jobs; None if it schedules none, or not
            because of a flag.
    """

    workers: tuple[Duty, ...] = ()
    schedulers: tuple[Duty, ...] = ()
    serves: bool = False
    command: tuple[str, ...] | None = None


def merged(several: Iterable[Duties]) -> Duties:
    """Return the combined duties of several parts of a service."""
    parts = tuple(several)
    return Duties(
        tuple(dict.fromkeys(one for part in parts for one in part.workers)),
        tuple(dict.fromkeys(one for part in parts for one in part.schedulers)),
        serves=any(part.serves for part in parts),
    )
