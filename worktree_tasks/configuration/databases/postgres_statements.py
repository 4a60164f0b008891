"""Statements for PostgreSQL: pure text, with every name and value quoted."""
# ruff: noqa: S608 - every name and value is quoted

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..naming import label_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .database_marks import DatabaseMark

__all__ = [
    "AS_SUPERUSER",
    "COPY_SCRIPT",
    "DATABASES",
    "FIELD",
    "ROOM",
    "ROW",
    "VERSION",
    "alike",
    "close",
    "comment",
    "create",
    "drop",
    "end_sessions",
    "end_tagged",
    "extend",
    "extensions",
    "likeness",
    "rows",
    "size",
    "tag",
]

# Separators of fields and rows in psql's output; no name contains them.
FIELD, ROW = "\x1f", "\x1e"
VERSION = "SELECT current_setting('server_version_num'), current_setting('server_version'), version()"
DATABASES = (
    "SELECT datname, coalesce(pg_database_size(oid), 0), coalesce(shobj_description(oid, 'pg_database'), ''),"
    " (SELECT count(*) FROM pg_stat_activity AS a WHERE a.datid = d.oid) FROM pg_database AS d"
    " WHERE NOT datistemplate"
)
# Runs a program as the superuser that the server's container was created with; the image also takes its name
# and password from files: https://github.com/docker-library/docs/blob/master/postgres/README.md#docker-secrets
AS_SUPERUSER = """
read_file() { [ ! -r "$1" ] || cat "$1"; }
PGUSER=${POSTGRES_USER:-$(read_file "${POSTGRES_USER_FILE-}")}
PGPASSWORD=${POSTGRES_PASSWORD:-${POSTGRESQL_POSTGRES_PASSWORD:-$(read_file "${POSTGRES_PASSWORD_FILE-}")}}
export PGUSER="${PGUSER:-postgres}" PGPASSWORD
[ -n "$PGPASSWORD" ] || unset PGPASSWORD
exec "$@"
"""
# Prints the free space in a server's data directory: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/df.html
ROOM = 'df -P -k "$(psql --no-password --no-psqlrc -At -d postgres -c "SHOW data_directory")"'
# The exit code of a pipe is that of its last program, so the first one's is passed through descriptor 3.
COPY_SCRIPT = """
exec 4>&1
dumped=$({ {
    pg_dump --no-password --format=custom --compress=0 --no-subscriptions --dbname="$1"
    echo $? >&3
} | pg_restore --no-password --exit-on-error --dbname="$2" >&4; } 3>&1) || exit 1
exit "$dumped"
"""
# https://github.com/postgres/postgres/blob/REL_15_STABLE/src/bin/pg_dump/dumputils.c
_LISTS = frozenset({
    "local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries",
    "temp_tablespaces", "unix_socket_directories",
})  # fmt: skip
_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"|([^,]*?))\s*(?:,|\Z)')
_FILE_COPY_SINCE, _PROVIDER_SINCE, _LOCALE_SINCE = 150000, 150000, 170000


def rows(output: str) -> tuple[tuple[str, ...], ...]:
    """Return the rows that psql printed."""
    return tuple(tuple(row.split(FIELD)) for row in output.strip("\n").split(ROW) if row.strip("\n"))


def tag(name: str) -> str:
    """Return the application name of the programs that fill a database; PostgreSQL cuts it at 63 bytes."""
    return f"worktree-tasks:{label_hash(name)}"


def comment(name: str, mark: DatabaseMark) -> str:
    """Write a mark on a database."""
    return f"COMMENT ON DATABASE {_name(name)} IS {_value(mark.text())}"


def size(name: str) -> str:
    """Query the size of a database in bytes."""
    return f"SELECT pg_database_size({_value(name)})"


def end_sessions(name: str) -> str:
    """End all sessions in a database, except our own."""
    return (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        f" WHERE datname = {_value(name)} AND pid != pg_backend_pid()"
    )


def end_tagged(name: str) -> str:
    """End the sessions with which a killed command still fills a database, and return their number."""
    return (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        f" WHERE application_name = {_value(tag(name))}"
    )


def drop(name: str) -> tuple[str, ...]:
    """Drop a database, after closing it to new sessions and ending the existing ones."""
    # If an earlier drop failed halfway, dropping is all that is allowed:
    # https://www.postgresql.org/docs/current/catalog-pg-database.html
    valid = f"EXISTS (SELECT FROM pg_database WHERE datname = {_value(name)} AND datconnlimit <> -2)"
    return (
        f"DO $worktree_tasks$ BEGIN IF {valid} THEN {close(name)}; END IF; END $worktree_tasks$",
        end_sessions(name),
        f"DROP DATABASE IF EXISTS {_name(name)}",
    )


def close(name: str) -> str:
    """Close a database to new sessions."""
    return f"ALTER DATABASE {_name(name)} ALLOW_CONNECTIONS false"


def likeness(main: str) -> str:
    """Query the properties of a database: a row `is`, and its grants and settings as rows `grant` and `set`.

    The row `is` has its owner, encoding, collation and collation provider; `closed` means that the default
    grants do not apply.
    """
    named = f"WHERE datname = {_value(main)}"
    return (
        "SELECT 'is', current_setting('server_version_num'), pg_get_userbyid(datdba)::text,"
        " pg_encoding_to_char(encoding)::text, datcollate::text, datctype::text,"
        " coalesce(to_jsonb(d) ->> 'datlocprovider', 'c'),"
        " coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', ''),"
        " coalesce((SELECT spcname::text FROM pg_tablespace AS t WHERE t.oid = dattablespace), 'pg_default')"
        f" FROM pg_database AS d {named} UNION ALL"
        f" SELECT 'closed', '', '', '', '', '', '', '', '' FROM pg_database {named} AND datacl IS NOT NULL"
        " UNION ALL SELECT 'grant', privilege_type,"
        " CASE grantee WHEN 0 THEN '' ELSE pg_get_userbyid(grantee) END, is_grantable::text,"
        f" '', '', '', '', '' FROM pg_database, aclexplode(datacl) {named} UNION ALL"
        " SELECT 'set', CASE setrole WHEN 0 THEN '' ELSE pg_get_userbyid(setrole) END, setting,"
        " '', '', '', '', '', ''"
        " FROM pg_database AS d JOIN pg_db_role_setting AS s ON s.setdatabase = d.oid,"
        f" unnest(setconfig) AS setting {named}"
    )


def create(name: str, like: Sequence[str], template: str | None) -> str:
    """Create a database with another one's owner and collation.

    Args:
        name: The new one.
        like: The row `is` of `likeness` for the other one.
        template: The template that it is copied from; None for an empty one.
    """
    version, owner, encoding, collate, ctype, provider, locale, space = like
    words = [f"CREATE DATABASE {_name(name)} OWNER {_name(owner)}"]
    if template:
        words.append(f"TEMPLATE {_name(template)}")
        words += ["STRATEGY file_copy"] if int(version) >= _FILE_COPY_SINCE else []
        return " ".join(words)
    words.append(f"TEMPLATE template0 ENCODING {_value(encoding)} TABLESPACE {_name(space)}")
    words.append(f"LC_COLLATE {_value(collate)} LC_CTYPE {_value(ctype)}")
    if provider == "i" and int(version) >= _PROVIDER_SINCE:
        words.append(f"LOCALE_PROVIDER icu ICU_LOCALE {_value(locale)}")
    elif provider == "b" and int(version) >= _LOCALE_SINCE:
        words.append(f"LOCALE_PROVIDER builtin BUILTIN_LOCALE {_value(locale)}")
    return " ".join(words)


def extensions() -> str:
    """Query the extensions of a database, with their schemas."""
    return (
        "SELECT extname, nspname FROM pg_extension JOIN pg_namespace AS n ON n.oid = extnamespace"
        " WHERE extname != 'plpgsql' ORDER BY pg_extension.oid"
    )


def extend(found: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Create the same extensions in another database, each in the same schema."""
    made: list[str] = []
    for extension, schema in found:
        made += [
            f"CREATE SCHEMA IF NOT EXISTS {_name(schema)}",
            f"CREATE EXTENSION IF NOT EXISTS {_name(extension)} WITH SCHEMA {_name(schema)}",
        ]
    return tuple(made)


def alike(name: str, owner: str, found: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Give a database the grants and settings of another; see `likeness`."""
    made: list[str] = []
    for kind, first, second, more, *_ in found:
        if kind == "closed":
            made.append(f"REVOKE ALL ON DATABASE {_name(name)} FROM PUBLIC, {_name(owner)}")
        elif kind == "grant":
            option = " WITH GRANT OPTION" if more == "true" else ""
            whom = _name(second) if second else "PUBLIC"
            made.append(f"GRANT {first} ON DATABASE {_name(name)} TO {whom}{option}")
        elif kind == "set":
            key, _, value = second.partition("=")
            where = f"ALTER ROLE {_name(first)} IN DATABASE" if first else "ALTER DATABASE"
            made.append(f"{where} {_name(name)} SET {key} TO {_setting(key, value)}")
    return tuple(made)


def _setting(key: str, value: str) -> str:
    if key.lower() not in _LISTS:
        return _value(value)
    items = [quoted.replace('""', '"') if quoted else bare for quoted, bare in _ITEM.findall(value)]
    return ", ".join(_value(item) for item in items if item) or "''"


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _value(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
