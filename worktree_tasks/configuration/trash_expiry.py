"""What in the trash has expired: never by a single look at the clock, and no newest restore point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from ..quick_dataclasses import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Aged", "Expiry", "expiry"]

_SECONDS_A_DAY = 86400
Name = TypeVar("Name")


@dataclass(frozen=True, slots=True)
class Aged(Generic[Name]):
    """A restore point or a database with what its expiry depends on.

    Attributes:
        name: What it is known by.
        worktree: The worktree of which it is a restore point; None for a database.
        created: When it was saved, or got into the trash.
        seen: When it was first found to be too old; None if it was not.
    """

    name: Name
    worktree: str | None
    created: float
    seen: float | None = None


@dataclass(frozen=True, slots=True)
class Expiry(Generic[Name]):
    """What to do with them.

    Attributes:
        due: Those to delete.
        looks: For others, when they were first found to be too old, to be recorded; None deletes that record.
    """

    due: frozenset[Name] = frozenset()
    looks: Mapping[Name, float | None] = field(default_factory=dict)


def expiry(points: Iterable[Aged[Name]], *, now: float, days: float, needed: Iterable[Name]) -> Expiry[Name]:
    """Decide what to delete.

    The newest restore point of each worktree is always kept. All else is deleted once it was found to be too
    old twice, a day or more apart by the clock.

    Args:
        points: All of them, the latest restore point first.
        now: The current time.
        days: How long they are kept.
        needed: Those that are in use.
    """
    due: set[Name] = set()
    looks: dict[Name, float | None] = {}
    worktrees: set[str | None] = {None}
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
