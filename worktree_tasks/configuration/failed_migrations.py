"""Recognize from a failed migration's output that the database is ahead of the branch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["FOLDERS", "Ahead", "ahead_hint", "ahead_words", "recognize_ahead"]

# Where frameworks keep migrations, as globs of git.
FOLDERS = ("**/migrations/**", "**/versions/**", "**/migrate/**", "**/alembic/**")

# Messages of PostgreSQL, MySQL and SQLite about something that a migration creates and that already exists.
_THERE = (
    r"(?:column [\"`'](?P<column>\w+)[\"`'] of relation [\"`'](?P<of>\w+)[\"`'] already exists"
    r"|(?:relation|table|type|view) [\"`'](?:\w+\.)?(?P<table>\w+)[\"`'] already exists"
    r"|duplicate column name:? [\"`']?(?P<named>\w+))"
)
# For each framework: its messages about a migration without a file, and about a database error.
_PATTERNS = {
    "Alembic": r"Can't locate revision identified by '(?P<unknown>\w+)'"
    rf"|sqlalchemy\.exc\.\w+: \([\w.]+\) (?:<[^>]+>: )?(?:\(\d+, \")?{_THERE}",
    "Django": r"Migration (?P<applied>\w+\.\w+) is applied before its dependency (?P<needed>\w+\.\w+)"
    rf"|django\.db\.utils\.\w+: (?:\(\d+, \")?{_THERE}",
    "Knex": r"migration directory is corrupt, the following files are missing: (?P<unknown>\w+)",
    "Laravel": rf"SQLSTATE\[\w+\]: [^\n]*?{_THERE}",
    "Prisma": r"missing from the local migrations directory:\s*(?:- )?(?P<unknown>\w+)"
    r"|from the database are not found locally in [\w./]*:\s*(?:- )?(?P<missing>\w+)"
    r"|The `(?P<failed>\w+)` migration started at [^\n]* failed"
    rf"|Error: P3018\b[\s\S]*?{_THERE}",
    "Rails": r"No migration with version number (?P<unknown>\d+)"
    rf"|(?:PG::\w+|Mysql2::\w+|Trilogy::\w+|SQLite3::\w+): [^\n]*?{_THERE}",
}
_COMPILED = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _PATTERNS.items()}


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a database has that a branch does not expect there.

    Attributes:
        what: A description, such as `Alembic revision 1a2b3c`.
        migration: The name of the missing migration's file or folder; None if no migration is missing.
        made: Words in the text of the migration that caused it; any one of them is enough.
        sure: Whether this is certain by itself; otherwise only if another branch is known to have done it.
    """

    what: str
    migration: str | None = None
    made: tuple[str, ...] = ()
    sure: bool = True


def recognize_ahead(lines: Sequence[str]) -> Ahead | None:
    """Return how a database is ahead, according to a program's last lines; None if they do not show it.

    Args:
        lines: Its last lines. The last match counts, whatever framework printed it.
    """
    text = "\n".join(line.rstrip() for line in lines)
    found = [(match, name) for name, one in _COMPILED.items() for match in one.finditer(text)]
    if not found:
        return None
    match, framework = max(found, key=lambda one: one[0].end())
    return _ahead_by(framework, {key: value for key, value in match.groupdict().items() if value})


def _ahead_by(framework: str, named: dict[str, str]) -> Ahead:
    if migration := named.get("unknown") or named.get("missing"):
        word = "revision" if framework == "Alembic" else "migration"
        return Ahead(f"{framework} {word} {migration}", migration)
    if failed := named.get("failed"):
        return Ahead(f"{framework} migration {failed}, which failed there", failed, sure=False)
    if applied := named.get("applied"):
        return Ahead(
            f"{framework} migration {applied} without {named['needed']}, which comes first on this branch"
        )
    if column := named.get("column") or named.get("named"):
        where = f" of {named['of']}" if "of" in named else ""
        return Ahead(
            f"a column {column}{where} already",
            made=tuple(dict.fromkeys((column, column.removesuffix("_id")))),
        )
    table = named["table"]
    # Django names tables after the app and the model.
    return Ahead(f"{table} already", made=tuple(dict.fromkeys((table, table.partition("_")[2] or table))))


def ahead_words(ahead: Ahead, services: Sequence[str], owners: Iterable[tuple[str, str]]) -> str:
    """Return in one line how a shared database is ahead.

    Args:
        ahead: What it has.
        services: The services of shared databases.
        owners: The worktrees, or `main`, whose branches caused it, each with the migration's file.
    """
    by = " and ".join(f"{name}'s {path}" for name, path in owners)
    unknown = ", which this branch does not know" if ahead.migration and ahead.sure else ""
    cause = f"; it comes from {by}" if by else ""
    return f"the shared database in {' or '.join(services)} has {ahead.what}{unknown}{cause}"


def ahead_hint(
    name: str | None, branch: str, services: Sequence[str], did: str | None, *, copied: bool = True
) -> str:
    """Return what to do about a shared database that is ahead of a branch.

    Args:
        name: The worktree; None for the main checkout, whose database it is.
        branch: The worktree's branch, quoted for a shell.
        services: The services of shared databases.
        did: The branch that caused it, quoted for a shell; None if unknown.
        copied: Whether a worktree can have its own databases on their servers.
    """
    if name is None:
        first = f"`git merge {did}` in main" if did else "merge the branch that has it"
        return f"{first}, or undo its migration"
    first = f"`git rebase {did}` in the worktree, then wt.start {name}" if did else "undo the migration there"
    own = " ".join(f"--own {service}" for service in services)
    anew = f"wt.remove {name} --keep-branch, then wt.new {branch} {own}"
    way = f"wt.database {name} --mode clone, then wt.start {name}" if copied else anew
    return f"{first}; or, for a database of its own, {way}"
