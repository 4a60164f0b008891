"""Check: each worktree's env files say what main's say, but for what is this worktree's own."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from .... import git
from ....configuration.env import text as env_text
from ....machine import files
from ...steps.copied_files import env_files
from ...steps.env_files import text_from_main, write_env
from ...steps.holding import holding
from ...steps.written import not_ours, note_written, untouched
from .check import Look, found, usable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....store import Record
    from ...steps.project import Site
    from .check import Trouble

__all__ = ["look"]

_NAMED = 5


def look(site: Site) -> Look:
    """Look for env files that are gone, that main's have left behind, or that were edited here."""
    names = env_files(site)
    ready = [one for one in usable(site) if one.slot is not None]
    troubles = [
        trouble
        for record in ready
        for kept in [not_ours(record, names)]
        for name in names
        if name not in kept
        for trouble in _of(site, record, name)
    ]
    return Look(f"{', '.join(names) or 'none'} as in main, in {len(ready)} worktrees", tuple(troubles))


def _of(site: Site, record: Record, name: str) -> Iterator[Trouble]:
    mine, subject = record.path / name, f"{record.name}:{name}"
    if not mine.is_file():
        yield found(
            "env",
            subject,
            f"{mine} is gone",
            fix=f"inv wt.write-env {shlex.quote(record.name)}",
            mend=lambda: _write(site, record),
        )
        return
    wanted = text_from_main(site, record, name)
    keys = _differing(wanted, files.read_text(mine, root=record.path))
    if not keys:
        return
    main, here = site.store.env_files(record).get(name, (None, None))
    ours = untouched(site, record, name)
    changed = main is not None and main != git.digest(site.main / name)
    edited = not ours and here != git.digest(mine)
    if ours:
        yield found(
            "env",
            subject,
            f"main's {name} has changed since {mine} was written from it: {keys}",
            mend=lambda: _follow(site, record, name),
        )
    elif changed:
        yield found(
            "env",
            subject,
            f"main's {name} has changed, and {mine} was edited, so that they differ in {keys}",
            fix=f"diff {shlex.quote(str(site.main / name))} {shlex.quote(str(mine))}",
        )
    elif edited:
        yield found(
            "env",
            subject,
            f"{mine} was edited: it is not as main's in {keys}; --fix takes it for meant, and keeps it",
            mend=lambda: _accept(site, record, name),
        )


def _differing(wanted: str, here: str) -> str:
    """Return the names, never the values, that differ."""
    theirs, mine = env_text.values(wanted), env_text.values(here)
    keys = sorted(key for key in theirs.keys() | mine.keys() if theirs.get(key) != mine.get(key))
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return ", ".join(keys[:_NAMED]) + more


def _write(site: Site, record: Record) -> None:
    with holding(site, record) as now:
        write_env(site, now)


def _follow(site: Site, record: Record, name: str) -> None:
    """Write a file that nobody edited anew from main's."""
    with holding(site, record) as now:
        record = now
        if not untouched(site, record, name):
            return
        text = text_from_main(site, record, name)
        files.write_text(record.path / name, text, root=record.path, like=site.main / name)
        note_written(site, record, [name])
        _accept(site, record, name)


def _accept(site: Site, record: Record, name: str) -> None:
    """Note that a file is as it is meant to be; whether we wrote it is another thing, and stays."""
    digests = git.digest(site.main / name), git.digest(record.path / name)
    site.store.note_env_file(record, name, main=digests[0], mine=digests[1])
