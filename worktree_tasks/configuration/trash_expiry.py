"""Which restore points go after their time: none by one look at a clock, and never the last one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Aged", "Expiry", "expiry"]

_SECONDS_A_DAY = 86400


@dataclass(frozen=True, slots=True)
class Aged:
    """A restore point as its age is told.

    Attributes:
        name: Its name.
        worktree: The worktree that it is of.
        created: When it was saved.
        seen: When it was first seen that its time is over; None until then.
    """

    name: str
    worktree: str
    created: float
    seen: float | None = None


@dataclass(frozen=True, slots=True)
class Expiry:
    """What is to happen to restore points.

    Attributes:
        due: Those that go.
        looks: Those whose time was seen to be over, with when that is to be noted; None takes a note back.
    """

    due: frozenset[str] = frozenset()
    looks: Mapping[str, float | None] = field(default_factory=dict)


def expiry(points: Iterable[Aged], *, now: float, days: float, needed: Iterable[str] = ()) -> Expiry:
    """Decide on restore points.

    The newest of each worktree stays in any case. Another one goes when its time is seen to be over twice, by
    a clock that went on for a day or more in between.

    Args:
        points: All of them, the latest first.
        now: What the clock says.
        days: How long they are kept.
        needed: Those that a command has begun to use.
    """
    due: set[str] = set()
    looks: dict[str, float | None] = {}
    worktrees: set[str] = set()
    stays = frozenset(needed)
    for one in points:
        newest = one.worktree not in worktrees
        worktrees.add(one.worktree)
        if newest or one.name in stays or one.created >= now - days * _SECONDS_A_DAY:
            if one.seen is not None:
                looks[one.name] = None
        elif one.seen is None or one.seen > now:
            looks[one.name] = now
        elif now - one.seen >= _SECONDS_A_DAY:
            due.add(one.name)
    return Expiry(frozenset(due), looks)
