"""Which worktrees `clean` removes, and why each of the others stays. If in doubt, a worktree stays."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass
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
_UNMOUNTED = "the directory above it is gone too: its disk may not be mounted"
_NO_REASON = "no reason given"


@dataclass(frozen=True, slots=True)
class CleaningFacts:
    """What is known about one worktree; None means "unknown" unless stated otherwise.

    Attributes:
        base: The branch that its work has to be in.
        name: What commands take for it: its name, or its path if it is not ours.
        age: Seconds since it was created; None if it is not ours.
        removing: Whether its removal has begun.
        creating: Whether it is only half created.
        present: Whether its directory exists.
        housed: Whether the directory above it exists.
        registered: Whether git knows it.
        branch: The branch that is checked out; None when detached.
        locked: Why git has it locked, "" without a reason; None if it is not locked.
        busy: Whether one of our commands is working on it.
        processes: Programs that run in its directory, as `1234 (vim)`.
        losses: What would be lost with it.
        merged: How its work got into the base; None if it did not, or this is unknown.
        begun: Whether its branch has commits of its own.
        ahead: How many of its commits are not in the base.
    """

    base: str
    name: str
    age: float | None = None
    removing: bool = False
    creating: bool = False
    present: bool = True
    housed: bool = True
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
    """Whether a worktree is removed, and why."""

    remove: bool
    reason: str


def decide(facts: CleaningFacts, *, min_age: float) -> Verdict:
    """Decide on one worktree.

    Args:
        facts: What is known about it.
        min_age: How old it has to be, in seconds.
    """
    kept = next((reason for holds, reason in _reasons_to_stay(facts) if holds), None)
    if kept is not None:
        return Verdict(remove=False, reason=kept)
    if not facts.present:
        reason = "its removal was interrupted" if facts.removing else "its directory is gone"
        return Verdict(remove=True, reason=reason)
    unmerged = next((reason for holds, reason in _reasons_to_wait(facts, min_age) if holds), None)
    if unmerged is not None:
        return Verdict(remove=False, reason=unmerged)
    return Verdict(remove=True, reason=_MERGED[str(facts.merged)].format(base=facts.base))


def _reasons_to_stay(facts: CleaningFacts) -> Iterator[tuple[bool, str]]:
    """Yield each reason to keep a worktree even if its work is merged, and whether it applies."""
    yield facts.age is None, f"not made by us; wt.adopt {shlex.quote(facts.name)} takes it over"
    yield facts.locked is not None, f"locked by git: {facts.locked or _NO_REASON}"
    yield facts.busy, "another wt command is working on it"
    if not facts.present:
        missing = facts.registered and not (facts.housed or facts.removing or facts.creating)
        yield missing, f"{_UNMOUNTED}; wt.remove {shlex.quote(facts.name)} removes it"
        return
    yield not facts.registered, "git has no worktree registered in its directory"
    yield facts.processes is None, "cannot tell whether a program is using it"
    yield bool(facts.processes), f"in use by process {', '.join(facts.processes or ())}"
    yield facts.losses is None, "git could not tell what has changed in it"
    lost = spoken(facts.losses or Losses())
    yield bool(lost), ", ".join(lost)


def _reasons_to_wait(facts: CleaningFacts, min_age: float) -> Iterator[tuple[bool, str]]:
    """Yield each reason to keep a worktree until its work is merged, and whether it applies."""
    unmerged = facts.merged not in _MERGED
    ahead = facts.ahead or 0
    yield facts.removing and unmerged, f"its removal was interrupted; wt.remove {facts.name} finishes it"
    yield (
        facts.creating,
        f"it is only half created; wt.new {shlex.quote(facts.branch or facts.name)} finishes it",
    )
    yield facts.branch == facts.base, f"the base {facts.base} is checked out in it"
    yield unmerged and not facts.begun, "no commits yet"
    yield unmerged and ahead > 0, f"{spoken_count(ahead, 'commit')} not in {facts.base}"
    yield unmerged, f"cannot tell whether its work is in {facts.base}"
    yield facts.age is None or facts.age < min_age, f"younger than {spoken_time(min_age)}"
