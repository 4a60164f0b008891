"""Django's migrations: which of those in a database a checkout has no file for."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ..printable import lines_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["folders", "migration_note", "parse_applied", "unknown"]

_NAMED = 3


def folders(paths: Iterable[str]) -> dict[str, tuple[str, frozenset[str]]]:
    """Return the folder of each app's migrations and their names, by the app's label.

    Args:
        paths: Python files of a checkout that lie in `migrations` folders.
    """
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for path in map(PurePosixPath, paths):
        app = path.parent.parent.name
        if app and path.parent.name == "migrations" and path.suffix == ".py":
            names = found.get(app, ("", frozenset()))[1]
            found[app] = (str(path.parent), names | ({path.stem} - {"__init__"}))
    return found


def parse_applied(text: str) -> tuple[tuple[str, str], ...]:
    """Return apps and names of applied migrations from what `psql -At` printed, `|` between them."""
    pairs = (line.split("|", 1) for line in lines_of(text) if "|" in line)
    return tuple((app, name) for app, name in pairs)


def unknown(
    applied: Iterable[tuple[str, str]], known: Mapping[str, tuple[str, frozenset[str]]]
) -> dict[tuple[str, str], str]:
    """Return applied migrations of a checkout's apps that it has no file for, with where that would be.

    Apps that the checkout has no migrations of, such as Django's own, are installed ones.
    """
    return {
        (app, name): f"{known[app][0]}/{name}.py"
        for app, name in applied
        if app in known and name not in known[app][1]
    }


def migration_note(service: str, found: Iterable[tuple[str, str]]) -> str:
    """Return what to say of migrations that a branch does not know."""
    words = [f"{app} {name}" for app, name in found]
    more = f" and {len(words) - _NAMED} more" if len(words) > _NAMED else ""
    return (
        f"the database in {service}, which is shared, has migrations that this branch does not know:"
        f" {', '.join(words[:_NAMED])}{more}; merge the branch that they are from, or undo them there"
    )
