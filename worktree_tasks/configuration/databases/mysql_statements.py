"""Statements for MySQL and MariaDB: pure text, with every name and value quoted."""
# ruff: noqa: S608 - every name and value is quoted

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .database_marks import DatabaseMark

__all__ = [
    "ASK",
    "COPY",
    "FOLDER",
    "QUESTION",
    "SERVERS",
    "SESSION",
    "VERSION",
    "bound",
    "create",
    "databases",
    "drop",
    "identifier",
    "kill",
    "likeness",
    "literal",
    "note",
    "programs",
    "rows",
    "same_name",
    "sessions",
    "size",
]

# MySQL has no comments on databases. A table in each database would end up in schema dumps, and be lost if a
# tool recreates the database; so the marks have their own database, as long as there are any.
_MARKS = "worktree_tasks"
_HOLD = f"DO GET_LOCK('{_MARKS}', 10)"
VERSION = "SELECT VERSION()"
FOLDER = "SELECT @@datadir"
# Main's sql_mode must not change the rules of quoting. A binary log would double the size of copies, and the
# default timeout for a table that is in use is a year.
SESSION = (
    "SET SESSION sql_mode = '', sql_quote_show_create = 1, sql_log_bin = 0, lock_wait_timeout = 30"
    " /*!80000 , information_schema_stats_expiry = 0 */"
)
# MariaDB ignores what is for MySQL 5.7 and later: https://mariadb.com/kb/en/comment-syntax/
QUESTION = (
    "SET SESSION sql_mode = 'ANSI' /*M!100101 , max_statement_time = 2 */"
    " /*!50708 , max_execution_time = 2000 */;\nSET SESSION TRANSACTION READ ONLY"
)
# The superuser that the container was created with, and the programs, which MariaDB has renamed.
_SUPERUSER = """
user=${MARIADB_ROOT_USER:-${MYSQL_ROOT_USER:-root}}
MYSQL_PWD=${MARIADB_ROOT_PASSWORD:-${MYSQL_ROOT_PASSWORD-}}
for file in "${MARIADB_ROOT_PASSWORD_FILE-}" "${MYSQL_ROOT_PASSWORD_FILE-}"; do
    [ -n "$MYSQL_PWD" ] || [ ! -r "$file" ] || MYSQL_PWD=$(cat "$file")
done
export MYSQL_PWD
[ -n "$MYSQL_PWD" ] || unset MYSQL_PWD
client=$(command -v mariadb || command -v mysql) || { echo 'it has no client program' >&2; exit 127; }
dump=$(command -v mariadb-dump || command -v mysqldump) || { echo 'it has no dump program' >&2; exit 127; }
"""
_WHO = '--host=localhost --protocol=socket --user="$user" --default-character-set=utf8mb4'
# Runs the client with arguments.
ASK = f"""{_SUPERUSER}
exec "$client" {_WHO} --batch --skip-column-names --connect-timeout=10 "$@"
"""
# A pipe's exit code is that of its last program; the first one's is passed through descriptor 3. Only
# MySQL's dump knows GTIDs, only MariaDB's knows history.
COPY = f"""{_SUPERUSER}
exec 4>&1
dumped=$({{ {{
    "$dump" {_WHO} --single-transaction --quick --skip-lock-tables --no-autocommit --max-allowed-packet=1G \\
        --routines --triggers --events --loose-set-gtid-purged=OFF --loose-dump-history "$1"
    echo $? >&3
}} | "$client" {_WHO} --batch --binary-mode --max-allowed-packet=1G \\
    --init-command='SET SESSION sql_log_bin = 0' "$2" >&4; }} 3>&1) || exit 1
exit "$dumped"
"""
# The servers' internal databases, and the one with the marks.
SERVERS = frozenset({"information_schema", "mysql", "performance_schema", "sys", _MARKS})
_ESCAPED = re.compile(r"\\([\\0nt])")
_MEANT = {"\\": "\\", "0": "\0", "n": "\n", "t": "\t"}


def rows(output: str) -> tuple[tuple[str, ...], ...]:
    """Return the rows that the client printed; NULL becomes empty."""
    return tuple(tuple(map(_field, line.split("\t"))) for line in output.split("\n") if line)


def databases() -> tuple[str, ...]:
    """Query all databases: rows of `database`, `size`, `sessions` and `mark`, each with a name."""
    sizes = "SUM(DATA_LENGTH + INDEX_LENGTH) FROM information_schema.TABLES GROUP BY TABLE_SCHEMA"
    sessions = "COUNT(*) FROM information_schema.PROCESSLIST WHERE DB IS NOT NULL GROUP BY DB"
    marked = f"SELECT ''mark'', name, text FROM {identifier(_MARKS)}.mark"
    there = (
        "SELECT COUNT(*) FROM information_schema.TABLES"
        f" WHERE TABLE_SCHEMA = {literal(_MARKS)} AND TABLE_NAME = 'mark'"
    )
    return (
        _HOLD,
        "SELECT 'database', SCHEMA_NAME, '' FROM information_schema.SCHEMATA",
        f"SELECT 'size', TABLE_SCHEMA, {sizes}",
        f"SELECT 'sessions', DB, {sessions}",
        f"SET @asked = IF(({there}) > 0, '{marked}', 'DO 0')",
        "PREPARE asked FROM @asked",
        "EXECUTE asked",
    )


def size(name: str) -> str:
    """Query the size of a database in bytes."""
    return (
        "SELECT COALESCE(SUM(DATA_LENGTH + INDEX_LENGTH), 0) FROM information_schema.TABLES"
        f" WHERE {same_name('TABLE_SCHEMA', name)}"
    )


def create(main: str, shown: str, name: str, mark: DatabaseMark) -> tuple[str, ...]:
    """Create a database with another one's properties, with a mark on it.

    Args:
        main: The other.
        shown: The result of SHOW CREATE DATABASE for it, with its character set and collation.
        name: The new one.
        mark: Its mark.
    """
    like = shown.removeprefix(f"CREATE DATABASE {identifier(main)}")
    return (f"CREATE DATABASE {identifier(name)}{like}", *note(name, mark))


def likeness(main: str) -> str:
    """Query the properties of a database."""
    return f"SHOW CREATE DATABASE {identifier(main)}"


def note(name: str, mark: DatabaseMark) -> tuple[str, ...]:
    """Write a mark."""
    return (
        *_marks(),
        f"REPLACE INTO {identifier(_MARKS)}.mark VALUES ({literal(name)}, {literal(mark.text())})",
    )


def drop(name: str) -> tuple[str, ...]:
    """Drop a database and its mark; with the last mark, the database that holds them."""
    marks = f"{identifier(_MARKS)}.mark"
    return (
        f"DROP DATABASE IF EXISTS {identifier(name)}",
        *_marks(),
        f"DELETE FROM {marks} WHERE name = {literal(name)}",
        f"SET @last = IF((SELECT COUNT(*) FROM {marks}) = 0, 'DROP DATABASE {identifier(_MARKS)}', 'DO 0')",
        "PREPARE last FROM @last",
        "EXECUTE last",
    )


def sessions(name: str) -> str:
    """Query the sessions in a database, except our own."""
    mine = "ID != CONNECTION_ID()"
    return f"SELECT ID FROM information_schema.PROCESSLIST WHERE {same_name('DB', name)} AND {mine}"


def kill(found: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """End sessions."""
    return tuple(f"KILL {int(number)}" for (number,) in found)


def programs(main: str) -> tuple[str, ...]:
    """Query the bodies of a database's stored programs, and whether a table has the database's name."""
    where = f"_SCHEMA = {literal(main)}"
    table = f"TABLE{where} AND TABLE_NAME = {literal(main)}"
    schema = "FROM information_schema"
    return (
        f"SELECT 'table', TABLE_NAME, '' {schema}.TABLES WHERE {table}",
        f"SELECT 'trigger', TRIGGER_NAME, ACTION_STATEMENT {schema}.TRIGGERS WHERE TRIGGER{where}",
        f"SELECT 'routine', ROUTINE_NAME, ROUTINE_DEFINITION {schema}.ROUTINES WHERE ROUTINE{where}",
        f"SELECT 'event', EVENT_NAME, EVENT_DEFINITION {schema}.EVENTS WHERE EVENT{where}",
    )


def bound(main: str, found: Sequence[Sequence[str]]) -> str | None:
    """Return a stored program of a database whose copy would still change the original.

    Args:
        main: The database.
        found: The result of `programs`.
    """
    if any(kind == "table" for kind, _, _ in found):
        return None
    itself = re.compile(rf"(?<![\w.`@$])(?:{re.escape(identifier(main))}|{re.escape(main)})\s*\.\s*[\w`$]")
    return next((f"{kind} {name}" for kind, name, body in found if itself.search(body)), None)


def same_name(column: str, text: str) -> str:
    """Compare a name by case: on most servers, names that differ in case are different databases."""
    return f"CAST({column} AS BINARY) = CAST({literal(text)} AS BINARY)"


def identifier(text: str) -> str:
    """Return a name quoted for SQL."""
    return "`" + text.replace("`", "``") + "`"


def literal(text: str) -> str:
    """Return a text quoted for SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def _marks() -> tuple[str, ...]:
    """Create the database and table of the marks if missing, under a lock."""
    marks = identifier(_MARKS)
    return (
        _HOLD,
        f"CREATE DATABASE IF NOT EXISTS {marks} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        f"CREATE TABLE IF NOT EXISTS {marks}.mark (name VARCHAR(64) PRIMARY KEY, text TEXT NOT NULL)",
    )


def _field(text: str) -> str:
    return "" if text == "NULL" else _ESCAPED.sub(lambda match: _MEANT[match[1]], text)
