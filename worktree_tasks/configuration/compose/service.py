"""A service of a compose project, and what was decided for it."""

from __future__ import annotations

from ...quick_dataclasses import dataclass, field
from ..jobs.job_duties import Duties

__all__ = ["Service"]


@dataclass(frozen=True, slots=True)
class Service:
    """One service of the compose file and what was decided for it.

    Attributes:
        name: Its name in the compose file.
        role: `own` or `shared`.
        reason: The rule that decided, in words for `wt.plan`.
        kind: What kind of data server it is (`postgres`, `redis`, …); None for other services.
        started: Whether a stack starts it by default: its profile is active and it is not a scheduler.
        idle: Why it is not started; empty if it is.
        duties: What it does with jobs.
        planner: Whether it may schedule jobs beside main's.
        command: A command that keeps it from scheduling jobs here; None for main's.
        because: The own service that makes it own; None if it is own by itself, or shared.
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
