"""Which restore points have expired: none by a single look at the clock, and never a worktree's newest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Aged", "Expiry", "expiry"]

_SECONDS_A_DAY = 86400


@dataclass(frozen=True, slots=True)
class Aged:
    """A restore point with what its expiry depends on.

    Attributes:
        name: Its name.
        worktree: The worktree that it was made of.
        created: When it was saved.
        seen: When it was first found to be too old; None if it was not.
    """

    name: str
    worktree: str
    created: float
    seen: float | None = None


@dataclass(frozen=True, slots=True)
class Expiry:
    """What to do with restore points.

    Attributes:
        due: Those to delete.
        looks: For others, when they were first found to be too old, to be recorded; None deletes that record.
    """

    due: frozenset[str] = frozenset()
    looks: Mapping[str, float | None] = field(default_factory=dict)


def expiry(points: Iterable[Aged], *, now: float, days: float, needed: Iterable[str] = ()) -> Expiry:
    """Decide which restore points to delete.

    The newest of each worktree is always kept. Any other is deleted once it was found to be too old twice, a
    day or more apart by the clock.

    Args:
        points: All of them, the latest first.
        now: The current time.
        days: How long they are kept.
        needed: Those that a command is using.
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
