"""MySQL and MariaDB, used through the client programs in their own container; tested with MariaDB 10.11."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from ...configuration.databases import mysql_grants as grants
from ...configuration.databases import mysql_statements as sql
from ...configuration.databases.database_marks import FILLING, mark_in
from ...errors import Failure
from ...quick_dataclasses import replace
from ...waiting import wait_while
from .database_engine import Stored
from .database_errors import checked, missing, not_copied, room, undone, watched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...command import Result
    from ...configuration.databases.database_marks import DatabaseMark
    from .database_engine import Report, Server

__all__ = ["MySQL"]

_END_SECONDS = 10
# Servers that speak MySQL's protocol but store data differently; their version says what they are.
_OTHERS = ("tidb", "vitess", "singlestore", "memsql", "starrocks", "doris", "oceanbase")
# This many statements fit on a command line, however long the names in them are.
_AT_ONCE = 200
_UNKNOWN = "ERROR 1049 "
_READING = "cannot read its databases"
_PACKET = (
    "in main, raise max_allowed_packet of {} to twice its longest row, if it has rows of many megabytes;"
    " then run the same command again"
)
# https://dev.mysql.com/doc/mysql-errors/8.0/en/
_HINTS = {
    "1045": (
        "the superuser's password comes from MYSQL_ROOT_PASSWORD or MARIADB_ROOT_PASSWORD of {}:"
        " set it to the password with which its data were initialized"
    ),
    "1153": _PACKET,
    "2006": _PACKET,
}


class MySQL:
    """MySQL and MariaDB."""

    kind = "mysql"
    # https://dev.mysql.com/doc/refman/8.0/en/identifier-length.html
    longest = 64
    # Neither copies a database inside the server.
    templates = False

    def version(self, server: Server) -> str:
        """Return the server's version; servers that only speak the protocol are refused."""
        ((version,),) = _rows(server, sql.VERSION)
        if any(other in version.lower() for other in _OTHERS):
            raise not_copied(server, version)
        return version

    def stored(self, server: Server) -> dict[str, Stored]:
        """Return all databases except the server's own and the one with our marks."""
        found = {(kind, name): value for kind, name, value in _rows(server, *sql.databases())}
        return {
            name: Stored(
                name,
                int(found.get(("size", name)) or 0),
                mark_in(found.get(("mark", name))),
                int(found.get(("sessions", name)) or 0),
            )
            for kind, name in found
            if kind == "database" and name not in sql.SERVERS
        }

    def free(self, server: Server) -> int | None:
        """Return the free bytes of the data directory's file system."""
        ((folder,),) = _rows(server, sql.FOLDER)
        return room(server.ask(["df", "-P", "-k", folder]))

    def make(self, server: Server, main: str, name: str, mark: DatabaseMark) -> None:
        """Make an empty database with main's character set, collation and database-wide grants."""
        _execute(server, *sql.create(main, _like(server, main), name, replace(mark, state=FILLING)))
        _execute(
            server, *grants.granted(name, _rows(server, *grants.outside(main, name))), *sql.note(name, mark)
        )

    def fill(self, server: Server, main: str, name: str, mark: DatabaseMark, report: Report) -> None:
        """Fill a database by dump and load, while main's stays in use."""
        began = time.monotonic()
        self._end_former(server, name)
        like = _like(server, main)
        there = self.stored(server)
        if name in there:
            self.drop(server, name)
        _refuse_bound(server, main)
        _execute(server, *sql.create(main, like, name, replace(mark, state=FILLING)))
        with undone(partial(self._end_former, server, name), partial(self.drop, server, name)):
            self._load(server, main, name, there[main].size, report)
            queries = (*grants.outside(main, name), *grants.inside(main, there=True))
            _execute(server, *grants.granted(name, _rows(server, *queries)))
            self.note(server, name, replace(mark, seconds=time.monotonic() - began))

    def copy(self, server: Server, template: str, main: str, name: str, mark: DatabaseMark) -> None:
        """Fill a database from main's, because the server cannot copy one by itself."""
        self.fill(server, template or main, name, mark, lambda _, __: None)

    def note(self, server: Server, name: str, mark: DatabaseMark) -> None:
        """Replace a database's mark."""
        _execute(server, *sql.note(name, mark))

    def end_sessions(self, server: Server, name: str) -> None:
        """End the sessions in a database; one that ends by itself meanwhile is no error."""
        if found := _rows(server, sql.sessions(name)):
            _mysql(server, (sql.SESSION, *sql.kill(found)), "--force")

    def drop(self, server: Server, name: str) -> None:
        """Drop a database and revoke the grants in it."""
        self.end_sessions(server, name)
        given = _rows(server, *grants.on_all(name), *grants.inside(name))
        _execute(server, *grants.revoked(name, given), *sql.drop(name))

    def query(self, server: Server, name: str, statement: str) -> tuple[tuple[str, ...], ...] | None:
        """Return the rows of a query, in bounded time."""
        result = _mysql(server, (sql.QUESTION, statement), f"--database={name}")
        return None if result.code else sql.rows(result.out)

    def _load(self, server: Server, main: str, name: str, size: int, report: Report) -> None:
        def look() -> None:
            ((done,),) = _rows(server, sql.size(name))
            report(min(int(done), size), size)

        copied = watched(
            lambda: server.ask(["sh", "-c", sql.COPY, "sh", main, name]),
            look,
            partial(self._end_former, server, name),
        )
        _checked(server, f"{main} cannot be copied", copied)

    def _end_former(self, server: Server, name: str) -> None:
        """End the programs of a killed command that are still filling a database.

        A dump whose reader is gone ends by itself.
        """

        def remaining() -> bool:
            self.end_sessions(server, name)
            return bool(_rows(server, sql.sessions(name)))

        wait_while(remaining, _END_SECONDS)


def _refuse_bound(server: Server, main: str) -> None:
    """Refuse to copy triggers, routines or events that would use main's data from within the copy.

    Raises:
        Failure: There is one.
    """
    if found := sql.bound(main, _rows(server, *sql.programs(main))):
        raise Failure(
            f"{found} of {main} in {server.service} names {main} itself, so a copy would use main's data",
            f"remove the prefix {main} from its table names, or use --database shared or empty",
            kind="database-not-copied",
        )


def _like(server: Server, main: str) -> str:
    result = _mysql(server, (sql.SESSION, sql.likeness(main)))
    if _UNKNOWN in result.err:
        raise missing(server, main)
    ((_, shown),) = sql.rows(_checked(server, _READING, result).out)
    return shown


def _mysql(server: Server, statements: Sequence[str], *options: str) -> Result:
    text = ";\n".join(statements)
    return server.ask(["sh", "-c", sql.ASK, "sh", *options, f"--execute={text}"])


def _rows(server: Server, *statements: str) -> tuple[tuple[str, ...], ...]:
    return sql.rows(_checked(server, _READING, _mysql(server, (sql.SESSION, *statements))).out)


def _execute(server: Server, *statements: str) -> None:
    """Execute statements until one fails."""
    for start in range(0, len(statements), _AT_ONCE):
        result = _mysql(server, (sql.SESSION, *statements[start : start + _AT_ONCE]))
        _checked(server, "cannot make or change a database", result)


def _checked(server: Server, what: str, result: Result) -> Result:
    hint = next((hint for code, hint in _HINTS.items() if f"ERROR {code} " in result.err), "")
    return checked(server, what, result, hint.format(server.service))
