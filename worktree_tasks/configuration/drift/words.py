"""What is said of drift: a line for each set, with how many there are, the first names, and what helps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .sets import Drift

__all__ = ["Apart", "behind", "differing"]

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Apart:
    """How far one database and a worktree's branch are apart.

    Attributes:
        service: The server.
        database: The database; empty where the server's own is meant.
        shared: Whether it is main's.
        framework: The tool that keeps the migrations.
        drift: How far they are apart.
        owners: The worktrees, or `main`, whose branches have what is unknown to this one.
        branch: The branch of the first of them, as it is typed; None where it is not known.
    """

    service: str
    database: str
    shared: bool
    framework: str
    drift: Drift
    owners: tuple[str, ...] = ()
    branch: str | None = None

    @property
    def place(self) -> str:
        """The database in words."""
        named = f" {printable(self.database)}" if self.database else ""
        return f"the database{named} in {self.service}" + (", which is shared," if self.shared else "")


def differing(apart: Apart, name: str) -> tuple[tuple[str, str], ...]:
    """Return what a database has that a branch does not expect there, each set with what helps.

    Args:
        apart: How far they are apart.
        name: The worktree, as it is typed.
    """
    own = f"or wt.database {name} " + ("--mode clone" if apart.shared else "--reset")
    found = []
    if apart.drift.unknown:
        names = _few([one.name for one in apart.drift.unknown])
        whose = f", from {_few(apart.owners)}" if apart.owners else ""
        what = f"{apart.place} has migrations that this branch does not know: {names}{whose}"
        merge = "merge the branch that they are from"
        first = f"`git rebase {apart.branch}` in the worktree" if apart.branch else merge
        found.append((what, f"{first}, undo them there, {own}"))
    if apart.drift.changed:
        what = f"{apart.place} has migrations that were changed since: {_few(apart.drift.changed)}"
        found.append((what, f"make the change a migration of its own, {own}"))
    return tuple(found)


def behind(apart: Apart) -> str | None:
    """Return what a branch has that a database does not have yet; None for nothing."""
    if not apart.drift.pending:
        return None
    for_all = "; applied there, they are applied for all" if apart.shared else ""
    return f"{apart.place} has yet to get this branch's migrations {_few(apart.drift.pending)}{for_all}"


def _few(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(map(printable, names[:_NAMED])) + more
