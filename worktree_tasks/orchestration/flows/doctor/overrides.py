"""Check: each worktree has its override, without which plain `docker compose` there would be main's."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

from ...runtimes.compose.override import write_compose
from ...steps.holding import holding
from .check import Look, found, usable

if TYPE_CHECKING:
    from ....store import Record
    from ...steps.project import Site

__all__ = ["look"]


def look(site: Site) -> Look:
    """Look for override files that are gone."""
    name = site.compose_files.override
    ready = [one for one in usable(site) if one.slot is not None and one.network and one.compose_project]
    troubles = tuple(
        found(
            "override",
            record.name,
            f"{record.path / name} is gone; plain `docker compose` there would not know its stack",
            fix=f"inv wt.write-compose {shlex.quote(record.name)}",
            mend=partial(_write, site, record),
        )
        for record in ready
        if not (record.path / name).is_file()
    )
    return Look(f"{len(ready)} with their {name}", troubles)


def _write(site: Site, record: Record) -> None:
    with holding(site, record) as now:
        write_compose(site, now)
