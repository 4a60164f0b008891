"""Statements for grants in MySQL and MariaDB, which are neither copied nor dropped with a database."""
# ruff: noqa: S608 - every name and value is quoted

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .mysql_statements import identifier, literal, same_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["granted", "inside", "on_all", "outside", "revoked"]

# Prefixes of database names; test runs add one, and apps have grants on such databases.
_PREFIXES = ("", "test_")


def outside(main: str, other: str) -> tuple[str, ...]:
    """Query the grants on a whole database that another one, which should be like it, does not have yet."""
    return tuple(
        _schema(prefix, f"{_covers(prefix + main)} AND NOT {_covers(prefix + other)}") for prefix in _PREFIXES
    )


def on_all(name: str) -> tuple[str, ...]:
    """Query the grants on a whole database by its exact name."""
    return tuple(_schema(prefix, same_name("TABLE_SCHEMA", _pattern(prefix + name))) for prefix in _PREFIXES)


def inside(name: str, *, there: bool = False) -> tuple[str, ...]:
    """Query the grants on the tables, columns and routines of a database.

    Args:
        name: The database.
        there: Whether grants on things that no longer exist are left out.
    """
    table = _granted_on(name, "TABLE_NAME", "TABLE", there=there)
    column = _granted_on(name, "TABLE_NAME, COLUMN_NAME", "COLUMN", there=there)
    account = r"CONCAT('\'', User, '\'@\'', Host, '\'')"
    routines = f"Routine_name, Routine_type, '' FROM mysql.procs_priv WHERE {same_name('Db', name)}"
    if there:
        place = f"FROM information_schema.ROUTINES WHERE {same_name('ROUTINE_SCHEMA', name)}"
        routines += f" AND Routine_name IN (SELECT ROUTINE_NAME {place})"
    return (
        f"SELECT 'table', GRANTEE, PRIVILEGE_TYPE, TABLE_NAME, '', {table}",
        f"SELECT 'column', GRANTEE, PRIVILEGE_TYPE, TABLE_NAME, COLUMN_NAME, {column}",
        f"SELECT 'routine', {account}, Proc_priv, {routines}",
    )


def granted(name: str, found: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Grant in one database what is granted in another."""
    return tuple(
        f"GRANT {what} ON {where} TO {account}{' WITH GRANT OPTION' if option else ''}"
        for what, where, account, option in _grants_read(name, found)
    )


def revoked(name: str, found: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Revoke what is granted in a database."""
    made = dict[str, None]()
    for what, where, account, option in _grants_read(name, found):
        made[f"REVOKE {what} ON {where} FROM {account}"] = None
        if option:
            made[f"REVOKE GRANT OPTION ON {where} FROM {account}"] = None
    return tuple(made)


def _granted_on(name: str, names: str, kind: str, *, there: bool) -> str:
    where = same_name("TABLE_SCHEMA", name)
    alive = f" AND ({names}) IN (SELECT {names} FROM information_schema.{kind}S WHERE {where})"
    return f"IS_GRANTABLE FROM information_schema.{kind}_PRIVILEGES WHERE {where}{alive if there else ''}"


def _schema(prefix: str, where: str) -> str:
    return (
        f"SELECT 'all', GRANTEE, PRIVILEGE_TYPE, {literal(prefix)}, '', IS_GRANTABLE"
        f" FROM information_schema.SCHEMA_PRIVILEGES WHERE {where}"
    )


def _grants_read(name: str, found: Iterable[Sequence[str]]) -> Iterator[tuple[str, str, str, bool]]:
    """Yield each privilege, what it is on, the account, and whether it has the grant option."""
    for kind, grantee, privilege, thing, part, grantable in found:
        # MariaDB writes roles with an empty host.
        account = grantee.removesuffix("@''")
        place, option = f"{identifier(name)}.{identifier(thing)}", grantable == "YES"
        if kind == "all":
            yield privilege, f"{identifier(_pattern(thing + name))}.*", account, option
        elif kind == "table":
            yield privilege, place, account, option
        elif kind == "column":
            yield f"{privilege} ({identifier(part)})", place, account, option
        else:
            several = privilege.upper().split(",")
            what = ", ".join(one for one in several if one != "GRANT") or "USAGE"
            yield what, f"{part} {place}", account, "GRANT" in several


def _covers(name: str) -> str:
    return f"CAST({literal(name)} AS BINARY) LIKE CAST(TABLE_SCHEMA AS BINARY)"


def _pattern(name: str) -> str:
    """Return a name escaped for grants, in which an underscore matches any character."""
    return re.sub(r"([\\_%])", r"\\\1", name)
