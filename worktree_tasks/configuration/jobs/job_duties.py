"""Duties: what a service does with jobs."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .job_tools import JobTool

__all__ = ["Duties", "Duty", "merged"]


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that a service does with jobs.

    Attributes:
        tool: The tool that it does it with.
        what: The command or the name that shows it, in words.
        through: The scripts that lead there, as paths in the container.
        both: Whether it is one command that takes jobs and plans some, such as `celery worker -B`.
        named: Whether nothing but a name shows it.
    """

    tool: JobTool
    what: str
    through: tuple[str, ...] = ()
    both: bool = False
    named: bool = False

    def __str__(self) -> str:
        """Return it in words."""
        return f"{self.what} in {posixpath.basename(self.through[-1])}" if self.through else self.what


@dataclass(frozen=True, slots=True)
class Duties:
    """What a service does with jobs.

    Attributes:
        workers: How it takes them.
        schedulers: How it adds some when their time has come.
        serves: Whether it answers requests too.
        command: The words of its command by which it only takes them, where that takes no more than to leave
            out a flag; None where it does not plan any, or not by a flag.
    """

    workers: tuple[Duty, ...] = ()
    schedulers: tuple[Duty, ...] = ()
    serves: bool = False
    command: tuple[str, ...] | None = None


def merged(several: Iterable[Duties]) -> Duties:
    """Return what several parts of a service do together."""
    parts = tuple(several)
    return Duties(
        tuple(dict.fromkeys(one for part in parts for one in part.workers)),
        tuple(dict.fromkeys(one for part in parts for one in part.schedulers)),
        serves=any(part.serves for part in parts),
    )
