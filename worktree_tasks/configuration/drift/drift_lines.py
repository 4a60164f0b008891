"""What is said of drift: a line for each set, with how many there are, the first names, and what helps."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Apart", "behind", "differing", "told"]

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Apart:
    """How far one database and a worktree's branch are apart.

    Attributes:
        service: The server.
        database: The database.
        shared: Whether it is main's.
        tool: What keeps the migrations.
        unknown: What is applied in the database and unknown to the branch.
        pending: What the branch has and is not applied.
        changed: What is applied and was changed since.
        owners: The worktrees, or `main`, whose branches have what is unknown to this one.
        branch: The branch of the first of them; None where it is not known.
    """

    service: str
    database: str
    shared: bool
    tool: str
    unknown: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    branch: str | None = None

    @property
    def place(self) -> str:
        """The database in words."""
        which = ", which is shared," if self.shared else ""
        return f"the database {printable(self.database)} in {self.service}{which}"


def told(apart: Apart, name: str) -> tuple[str, ...]:
    """Return all that sets a database and a branch apart, a line for each set; see `differing`."""
    pending = behind(apart)
    return (*map("; ".join, differing(apart, name)), *((pending,) if pending else ()))


def differing(apart: Apart, name: str) -> tuple[tuple[str, str], ...]:
    """Return what a database has that a branch does not expect there, each set with what helps.

    Args:
        apart: How far they are apart.
        name: The worktree.
    """
    own = f"or wt.database {shlex.quote(name)} " + ("--mode clone" if apart.shared else "--reset")
    found = []
    if apart.unknown:
        whose = f", from {_few(apart.owners)}" if apart.owners else ""
        what = f"{apart.place} has migrations that this branch does not know: {_few(apart.unknown)}{whose}"
        merge = "merge the branch that they are from"
        first = f"`git rebase {shlex.quote(apart.branch)}` in the worktree" if apart.branch else merge
        found.append((what, f"{first}, undo them there, {own}"))
    if apart.changed:
        what = f"{apart.place} has migrations that were changed since: {_few(apart.changed)}"
        found.append((what, f"make the change a migration of its own, {own}"))
    return tuple(found)


def behind(apart: Apart) -> str | None:
    """Return what a branch has that a database does not have yet; None for nothing."""
    if not apart.pending:
        return None
    for_all = "; applied there, they are applied for all" if apart.shared else ""
    return f"{apart.place} lacks this branch's migrations {_few(apart.pending)}{for_all}"


def _few(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(map(printable, names[:_NAMED])) + more
