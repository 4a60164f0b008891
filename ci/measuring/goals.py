"""What is measured against what, and how far the one may be from the other."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

__all__ = ["HEADING", "Goal", "Row"]

_WIDTHS = (44, 34)
HEADING = f"{'work':<{_WIDTHS[0]}}{'beside':<{_WIDTHS[1]}}{'ours':>9}{'beside':>9}{'goal':>9}"


@dataclass(frozen=True)
class Goal:
    """The longest that a work may take: so many times what is beside it, and so many milliseconds more."""

    times: float = 0.0
    more: float = 0.0

    def seconds(self, beside: float) -> float:
        """Return the goal, where what it is measured beside takes `beside` seconds."""
        return self.times * beside + self.more / 1000


@dataclass(frozen=True)
class Row:
    """One measured work: the seconds of its rounds, and of what it is compared with, taken in turns."""

    work: str
    ours: tuple[float, ...]
    beside: str
    theirs: tuple[float, ...]
    goal: Goal | None

    @property
    def medians(self) -> tuple[float, float]:
        """The median of ours and of what it is measured beside, in seconds."""
        return statistics.median(self.ours), statistics.median(self.theirs) if self.theirs else 0.0

    def line(self) -> str:
        """Return the row as it is printed, in milliseconds."""
        mine, others = self.medians
        goal = self._goal()
        numbers = f"{mine * 1000:>9.0f}{others * 1000:>9.0f}" + (f"{goal * 1000:>9.0f}" if goal else " " * 9)
        spread = f"{min(self.ours) * 1000:.0f} to {max(self.ours) * 1000:.0f}"
        met = ("met" if mine <= goal else f"{mine / goal:.2f} times the goal") if goal else "no goal"
        return f"{self.work:<{_WIDTHS[0]}}{self.beside:<{_WIDTHS[1]}}{numbers}  {met} ({spread})"

    def document(self) -> dict[str, object]:
        """Return the row for a program, in seconds."""
        mine, others = self.medians
        return {
            "work": self.work,
            "beside": self.beside,
            "ours": list(self.ours),
            "theirs": list(self.theirs),
            "median": mine,
            "median_beside": others,
            "goal": self._goal(),
        }

    def _goal(self) -> float | None:
        """Return the longest that it may take, in seconds, where something is promised."""
        return self.goal.seconds(self.medians[1]) if self.goal else None
