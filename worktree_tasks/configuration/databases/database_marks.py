"""Marks: what is noted on a database itself, by which it is known as ours."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

__all__ = ["FILLING", "READY", "TEMPLATE", "TRASHED", "DatabaseMark", "mark_in"]

FILLING, READY, TRASHED = "filling", "ready", "trashed"
# Whose the template of a database is: no worktree's.
TEMPLATE = "template"
_PREFIX = "worktree-tasks "


@dataclass(frozen=True, slots=True)
class DatabaseMark:
    """What stands on a database that we made: as its comment, or in a table where an engine has no comments.

    Attributes:
        owner: The key of the worktree's record; `TEMPLATE` for a template.
        main: The database that it has the place of, or is the template of.
        state: `FILLING`, `READY` or `TRASHED`.
        made: When its data were taken, in seconds since the epoch; 0 for an empty one.
        version: The server's version then.
        migrations: How many migrations were applied then; None where that is not known.
        seconds: How long it took to fill it from main's; 0 where that is not known.
    """

    owner: str
    main: str
    state: str = READY
    made: float = 0.0
    version: str = ""
    migrations: int | None = None
    seconds: float = 0.0

    def text(self) -> str:
        """Return it as it stands on the database; ASCII without quotes that SQL would mind."""
        return _PREFIX + json.dumps(asdict(self), sort_keys=True)


def mark_in(text: str | None) -> DatabaseMark | None:
    """Return the mark that a text is; None for any other text, which is somebody else's."""
    if not text or not text.startswith(_PREFIX):
        return None
    try:
        told = json.loads(text.removeprefix(_PREFIX))
        return DatabaseMark(**{one.name: told[one.name] for one in fields(DatabaseMark)})
    except (ValueError, TypeError, KeyError):
        return None
