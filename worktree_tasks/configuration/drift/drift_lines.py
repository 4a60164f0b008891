"""Messages about drift: a line for each kind, with the first names, how many more, and what helps."""

from __future__ import annotations

import shlex

from ...printable import printable
from ...quick_dataclasses import dataclass
from ..formatting import spoken_list

__all__ = ["Apart", "behind", "differing", "drift_lines"]

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Apart:
    """The differences between one database and a worktree's branch.

    Attributes:
        service: The server.
        database: The database.
        shared: Whether it is main's.
        tool: The tool that tracks the migrations.
        unknown: Migrations that are applied in the database but unknown to the branch.
        pending: The branch's migrations that are not applied.
        changed: Migrations that were changed after they were applied.
        owners: The worktrees, or `main`, whose branches have the unknown migrations.
        branch: The branch of the first of them; None if unknown.
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


def drift_lines(apart: Apart, name: str) -> tuple[str, ...]:
    """Return all differences between a database and a branch, a line for each kind; see `differing`."""
    pending = behind(apart)
    return (*map("; ".join, differing(apart, name)), *((pending,) if pending else ()))


def differing(apart: Apart, name: str) -> tuple[tuple[str, str], ...]:
    """Return what a branch does not expect in a database, each problem with its fix.

    Args:
        apart: Their differences.
        name: The worktree.
    """
    own = f"or wt.database {shlex.quote(name)} " + ("--mode clone" if apart.shared else "--reset")
    found = []
    if apart.unknown:
        whose = f", from {_few(apart.owners)}" if apart.owners else ""
        what = f"{apart.place} has migrations that this branch does not know: {_few(apart.unknown)}{whose}"
        merge = "merge the branch that has them"
        first = f"`git rebase {shlex.quote(apart.branch)}` in the worktree" if apart.branch else merge
        found.append((what, f"{first}; or undo them in the database; {own}"))
    if apart.changed:
        what = f"{apart.place} has migrations whose files were changed since: {_few(apart.changed)}"
        found.append((what, f"put the change into a new migration, {own}"))
    return tuple(found)


def behind(apart: Apart) -> str | None:
    """Return which of a branch's migrations a database lacks; None if it has all of them."""
    if not apart.pending:
        return None
    for_all = "; applying them there applies them for everyone" if apart.shared else ""
    return f"{apart.place} lacks this branch's migrations {_few(apart.pending)}{for_all}"


def _few(names: tuple[str, ...]) -> str:
    """Return the first names, and how many more there are."""
    return spoken_list([printable(name) for name in names], _NAMED)
