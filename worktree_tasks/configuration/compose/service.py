"""A service of a compose project, and what was decided for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..jobs.job_duties import Duties

__all__ = ["Service"]


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the compose file and what was decided for it.

    Attributes:
        name: Its name in the compose file.
        role: `own` or `shared`.
        reason: The rule that decided, in words for `wt.plan`.
        kind: What data server it is (`postgres`, `redis`, …); None for others.
        started: Whether a stack starts it without being asked: its profile is active and it is no scheduler.
        idle: Why it is not started; empty when it is.
        duties: What it does with jobs.
        planner: Whether it may plan jobs beside main's.
        command: The words of its command that keep it from planning jobs here; None for main's.
        because: The service that it is own for; None for those that are for themselves, and for shared ones.
    """

    name: str
    role: str
    reason: str
    kind: str | None = None
    started: bool = True
    idle: str = ""
    duties: Duties = field(default_factory=Duties)
    planner: bool = False
    command: tuple[str, ...] | None = None
    because: str | None = None
