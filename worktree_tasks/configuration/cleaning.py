"""Which worktrees `clean` removes, and why each of the others stays. What is not known reads as "stays"."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .formatting import spoken_count, spoken_time
from .losses import Losses, spoken

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CleaningFacts", "Verdict", "decide"]

_MERGED = {
    "same-commit": "it is at the same commit as {base}",
    "ancestor": "merged into {base}",
    "tree": "its content is in {base}",
    "squash": "squash-merged into {base}",
    "patch": "rebased into {base}",
}
_NO_REASON = "no reason given"


@dataclass(frozen=True, slots=True)
class CleaningFacts:
    """What is known of one worktree; None is "not known" unless said otherwise.

    Attributes:
        base: The branch that its work has to be in.
        name: What a command for it takes: its name, or its path where it is not ours.
        age: Seconds since it was made; None for one that is not ours.
        removing: Whether its removal was begun.
        creating: Whether it is only half made.
        present: Whether its directory is there.
        registered: Whether git knows it.
        branch: The branch that is checked out; None when detached.
        locked: Why git holds it, "" without a reason; None when it does not.
        busy: Whether a command of ours works on it.
        processes: Programs that work in its directory, as `1234 (vim)`.
        losses: What it holds that is nowhere else.
        merged: How its work got into the base; None when it did not, or nobody can tell.
        begun: Whether its branch has commits of its own.
        ahead: How many commits the base does not have.
    """

    base: str
    name: str
    age: float | None = None
    removing: bool = False
    creating: bool = False
    present: bool = True
    registered: bool = True
    branch: str | None = None
    locked: str | None = None
    busy: bool = False
    processes: tuple[str, ...] | None = ()
    losses: Losses | None = None
    merged: str | None = None
    begun: bool = True
    ahead: int | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a worktree goes, and why."""

    remove: bool
    reason: str


def decide(facts: CleaningFacts, *, min_age: float) -> Verdict:
    """Decide on one worktree.

    Args:
        facts: What is known of it.
        min_age: Seconds that it has to be old.
    """
    kept = next((reason for holds, reason in _reasons_to_stay(facts) if holds), None)
    if kept is not None:
        return Verdict(remove=False, reason=kept)
    if not facts.present:
        gone = "its removal was begun" if facts.removing else "its directory is gone"
        return Verdict(remove=True, reason=gone)
    unmerged = next((reason for holds, reason in _reasons_to_wait(facts, min_age) if holds), None)
    if unmerged is not None:
        return Verdict(remove=False, reason=unmerged)
    return Verdict(remove=True, reason=_MERGED[str(facts.merged)].format(base=facts.base))


def _reasons_to_stay(facts: CleaningFacts) -> Iterator[tuple[bool, str]]:
    """Yield why a worktree stays whatever became of its work, and whether that holds."""
    yield facts.age is None, f"not made by us; wt.adopt {shlex.quote(facts.name)} takes it over"
    yield facts.locked is not None, f"locked by git: {facts.locked or _NO_REASON}"
    yield facts.busy, "another command of this program runs in it"
    if not facts.present:
        return
    yield not facts.registered, "git knows no worktree in its directory"
    yield facts.processes is None, "cannot tell whether a program is using it"
    yield bool(facts.processes), f"in use by process {', '.join(facts.processes or ())}"
    yield facts.losses is None, "git could not tell what is changed in it"
    said = spoken(facts.losses or Losses())
    yield bool(said), ", ".join(said)


def _reasons_to_wait(facts: CleaningFacts, min_age: float) -> Iterator[tuple[bool, str]]:
    """Yield why a worktree waits until its work is in the base, and whether that holds."""
    unmerged = facts.merged not in _MERGED
    ahead = facts.ahead or 0
    yield facts.removing and unmerged, f"its removal was interrupted; wt.remove {facts.name} finishes it"
    yield (
        facts.creating,
        f"it is only half made; wt.new {shlex.quote(facts.branch or facts.name)} finishes it",
    )
    yield facts.branch == facts.base, f"it has {facts.base} itself checked out"
    yield unmerged and not facts.begun, "no commits yet"
    yield unmerged and ahead > 0, f"{spoken_count(ahead, 'commit')} not in {facts.base}"
    yield unmerged, f"cannot tell whether its work is in {facts.base}"
    yield facts.age is None or facts.age < min_age, f"younger than {spoken_time(min_age)}"
