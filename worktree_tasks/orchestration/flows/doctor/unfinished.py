"""Check: nothing that a killed command began is left half done."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

from ....errors import WorktreeGone
from ...steps.holding import holding
from ...steps.terms import Terms
from ...steps.worktree import find_moved, tree_of
from ..new import Wish, new
from ..remove import take_away
from ..restore import restore
from .check import Look, found

if TYPE_CHECKING:
    from ....store import Record
    from ...steps.project import Site
    from .check import Trouble

__all__ = ["look"]


def look(site: Site) -> Look:
    """Look for worktrees that are half made or half removed, and that no command works on."""
    begun = [one for one in site.records() if one.state != "ready" and not site.busy(one.branch)]
    return Look("nothing is half done", tuple(_trouble(site, record) for record in begun))


def _trouble(site: Site, record: Record) -> Trouble:
    name = shlex.quote(record.name)
    if record.state == "removing":
        aside = f"; its directory is in {record.path}" if record.path != record.home else ""
        return found(
            "unfinished",
            record.name,
            f"the removal of {record.name} was begun and not finished{aside}",
            fix=f"inv wt.remove {name}",
            mend=lambda: _take_away(site, record),
        )
    if record.restoring is not None:
        point = record.restoring
        return found(
            "unfinished",
            record.name,
            f"{record.name} is only half brought back",
            fix=f"inv wt.restore {shlex.quote(point)}",
            mend=lambda: _still(site, record) and restore(site, point),
        )
    what = f"{record.name} is only half made"
    if tree_of(site, record) is None:
        # Nobody has worked in it yet: what was made of it goes.
        return found("unfinished", record.name, what, mend=lambda: _take_away(site, record))
    return found(
        "unfinished",
        record.name,
        what,
        fix=f"inv wt.new {shlex.quote(record.branch)}",
        # Whoever opens it runs the hooks of a new worktree.
        mend=lambda: _still(site, record) and new(site, Wish(record.branch, start=False, opening=False)),
    )


def _take_away(site: Site, record: Record) -> None:
    """Remove a worktree, unless another command has got on with it meanwhile."""
    with suppress(WorktreeGone), holding(site, record) as now:
        if now.state == record.state and (now.state == "removing" or tree_of(site, now) is None):
            site.check_docker()
            take_away(site, find_moved(site, now), Terms())


def _still(site: Site, record: Record) -> Record | None:
    """Return a record as it is now; None when it is gone, or in another state."""
    return next((one for one in site.records() if (one.key, one.state) == (record.key, record.state)), None)
