"""Whether the name of a new worktree may be a typo, and of which known name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass
from .naming import fold
from .shell_targets import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from .shell_targets import Home, KnownCheckouts

__all__ = ["PossibleTypo", "close", "possible_typo"]

_SHORT = 3
_LONG = 8
_MOST = 3
# What distinguishes the names of a series: numbers, and single letters as in `plan-b`.
_COUNTERS = re.compile(r"\d+|(?<![^\W_])[^\W_](?![^\W_])")


@dataclass(frozen=True, slots=True)
class PossibleTypo:
    """A new name that is close to known ones.

    Attributes:
        word: The name.
        targets: Where the user may have wanted to go, by name.
        words: Tasks and flags that the user may have wanted to type.
    """

    word: str
    targets: Mapping[str, Target]
    words: tuple[str, ...]


def possible_typo(
    meant: Target, known: KnownCheckouts, branches: Callable[[Home], Collection[str]], words: Collection[str]
) -> PossibleTypo | None:
    """Return what a new name may be a typo of; None if it is not new, or not close to any.

    Args:
        meant: What the words refer to as they are.
        known: The known checkouts.
        branches: Returns the branches of a project, including those of its remotes.
        words: Tasks and flags, without dashes.
    """
    name, home = meant.branch, meant.home
    if name is None or name in (existing := branches(home)):
        return None
    targets = {one.name: Target(one) for one in known.homes if not one.gone}
    targets |= {branch: Target(home, branch=branch) for branch in existing}
    for tree in home.trees:
        targets |= dict.fromkeys((tree.name, tree.branch, tree.checked_out), Target(home, tree))
    if home.branch:
        targets[home.branch] = Target(home)
    likely: dict[str, Target] = {}
    for one in close(name, targets):
        # A worktree's slug and branch lead to the same place.
        if targets[one] not in likely.values():
            likely[one] = targets[one]
    typed = close(name, words)
    return PossibleTypo(name, likely, typed) if likely or typed else None


def close(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return up to three names that a word may be a misspelling of, the closest first.

    Names whose numbers or single letters differ, such as pay-1 and pay-2, are not close.
    """
    distances = {one: _distance(fold(word), fold(one)) for one in dict.fromkeys(known) if _alike(word, one)}
    return tuple(sorted(distances, key=distances.__getitem__)[:_MOST])


def _alike(word: str, known: str) -> bool:
    one, other = fold(word), fold(known)
    if _COUNTERS.findall(one) != _COUNTERS.findall(other):
        return False
    length = max(len(one), len(other))
    if length <= _SHORT:
        # One letter more or less turns a short word into another one: only swapped letters are a typo.
        return one == other or (sorted(one) == sorted(other) and _distance(one, other) == 1)
    allowed = 1 if length < _LONG else 2
    return abs(len(one) - len(other)) <= allowed and _distance(one, other) <= allowed


def _distance(one: str, other: str) -> int:
    """Return how many letters were added, omitted, changed or swapped with a neighbour."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        line = [row]
        for column, its in enumerate(other, start=1):
            steps = min(last[column] + 1, line[-1] + 1, last[column - 1] + (letter != its))
            swapped = row > 1 and column > 1 and (letter, one[row - 2]) == (other[column - 2], its)
            line.append(min(steps, before[column - 2] + 1) if swapped else steps)
        before, last = last, line
    return last[-1]
