"""Marks: notes on a database itself, which identify it as ours."""

from __future__ import annotations

import json

from ...quick_dataclasses import as_dict, dataclass, field_names

__all__ = ["FILLING", "READY", "TEMPLATE", "TRASHED", "DatabaseMark", "mark_in"]

FILLING, READY, TRASHED = "filling", "ready", "trashed"
# The owner of a template, which belongs to no worktree.
TEMPLATE = "template"
_PREFIX = "worktree-tasks "


@dataclass(frozen=True, slots=True)
class DatabaseMark:
    """A note on a database that we created: its comment, or a table row if the engine has no comments.

    Attributes:
        owner: The key of the worktree's record; `TEMPLATE` for a template.
        main: The database of main that it replaces, or is the template of.
        state: `FILLING`, `READY` or `TRASHED`.
        made: When its data was copied, in seconds since the epoch; 0 for an empty one.
        version: The server's version then.
        migrated: Whether its worktree's migrations ran on it, or were not needed.
        seconds: How long the copy from main took; 0 if unknown.
        mode: `clone` or `empty`; a clone of a database that main lacks is empty too.
    """

    owner: str
    main: str
    state: str = READY
    made: float = 0.0
    version: str = ""
    migrated: bool = True
    seconds: float = 0.0
    mode: str = "clone"

    def text(self) -> str:
        """Return it as written to the database: ASCII, without single quotes."""
        return _PREFIX + json.dumps(as_dict(self), sort_keys=True)


def mark_in(text: str | None) -> DatabaseMark | None:
    """Return the mark in a text; None for any other text, which is not ours."""
    if not text or not text.startswith(_PREFIX):
        return None
    try:
        values = json.loads(text.removeprefix(_PREFIX))
        values.setdefault("mode", "clone" if values.get("made") else "empty")
        return DatabaseMark(**{name: values[name] for name in field_names(DatabaseMark) if name in values})
    except (ValueError, TypeError, AttributeError):
        return None
