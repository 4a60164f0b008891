"""What a migration that failed tells: that the database is ahead of the branch which it ran for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["FOLDERS", "Ahead", "ahead_hint", "ahead_words", "recognize_ahead"]

# Where frameworks keep migrations, as globs of git.
FOLDERS = ("**/migrations/**", "**/versions/**", "**/migrate/**", "**/alembic/**")

# What PostgreSQL, MySQL and SQLite say of what a migration makes and the database has.
_THERE = (
    r"(?:column [\"`'](?P<column>\w+)[\"`'] of relation [\"`'](?P<of>\w+)[\"`'] already exists"
    r"|(?:relation|table|type|view) [\"`'](?:\w+\.)?(?P<table>\w+)[\"`'] already exists"
    r"|duplicate column name:? [\"`']?(?P<named>\w+))"
)
# One a framework: its words for a migration without a file, and how it passes on what the database says.
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
        what: It in words, such as `Alembic revision 1a2b3c`.
        migration: What the file of a missing migration is called, or a folder around it; None for none.
        made: What a migration's text names that made it; words of which each will do.
        sure: Whether that tells by itself; otherwise only where another branch is known to have done it.
    """

    what: str
    migration: str | None = None
    made: tuple[str, ...] = ()
    sure: bool = True


def recognize_ahead(lines: Sequence[str]) -> Ahead | None:
    """Return what the last lines of a program tell of a database that is ahead; None where they do not.

    Args:
        lines: What it said last. What it said at the very last counts, whoever wrote it.
    """
    text = "\n".join(line.rstrip() for line in lines)
    found = [(match, name) for name, one in _COMPILED.items() for match in one.finditer(text)]
    if not found:
        return None
    match, framework = max(found, key=lambda one: one[0].end())
    return _ahead_by(framework, {key: value for key, value in match.groupdict().items() if value})


def _ahead_by(framework: str, told: dict[str, str]) -> Ahead:
    if migration := told.get("unknown") or told.get("missing"):
        word = "revision" if framework == "Alembic" else "migration"
        return Ahead(f"{framework} {word} {migration}", migration)
    if failed := told.get("failed"):
        return Ahead(f"{framework} migration {failed}, which failed there", failed, sure=False)
    if applied := told.get("applied"):
        return Ahead(f"{framework} migration {applied} without {told['needed']}, which this branch has first")
    if column := told.get("column") or told.get("named"):
        where = f" of {told['of']}" if "of" in told else ""
        return Ahead(
            f"a column {column}{where} already",
            made=tuple(dict.fromkeys((column, column.removesuffix("_id")))),
        )
    table = told["table"]
    # Django's are called by the app and the model.
    return Ahead(f"{table} already", made=tuple(dict.fromkeys((table, table.partition("_")[2] or table))))


def ahead_words(ahead: Ahead, services: Sequence[str], owners: Iterable[tuple[str, str]]) -> str:
    """Return in one line what a shared database has.

    Args:
        ahead: What that is.
        services: The services of shared databases.
        owners: The worktrees, or `main`, whose branches did it, and the file of the migration in each.
    """
    by = " and ".join(f"{name}'s {path}" for name, path in owners)
    unknown = ", which this branch does not know" if ahead.migration and ahead.sure else ""
    did = f"; {by} did it" if by else ""
    return f"the shared database in {' or '.join(services)} has {ahead.what}{unknown}{did}"


def ahead_hint(
    name: str | None, branch: str, services: Sequence[str], did: str | None, *, copied: bool = True
) -> str:
    """Return what helps where a shared database is ahead of a branch.

    Args:
        name: The worktree; None for the main checkout, whose database it is.
        branch: The worktree's branch, as it is typed.
        services: The services of shared databases.
        did: The branch that did it, as it is typed; None where it is not known.
        copied: Whether a worktree can have databases of its own on their servers.
    """
    if name is None:
        first = f"`git merge {did}` in main" if did else "merge the branch that did it"
        return f"{first}, or undo its migration"
    first = f"`git rebase {did}` in the worktree, then wt.start {name}" if did else "undo the migration there"
    own = " ".join(f"--own {service}" for service in services)
    anew = f"wt.remove {name} --keep-branch, then wt.new {branch} {own}"
    way = f"wt.database {name} --mode clone, then wt.start {name}" if copied else anew
    return f"{first}; or, for a database of its own, {way}"
