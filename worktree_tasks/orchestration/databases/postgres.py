"""PostgreSQL, used through the client programs in its own container; tested with version 15."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from ...configuration.databases import postgres_statements as sql
from ...configuration.databases.database_marks import FILLING, mark_in
from ...errors import Failure
from ...quick_dataclasses import replace
from ...waiting import wait_while
from .database_engine import Stored
from .database_errors import checked, missing, not_copied, room, undone, watched

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ...command import Result
    from ...configuration.databases.database_marks import DatabaseMark
    from .database_engine import Report, Server

__all__ = ["Postgres"]

_OLDEST = 120000
_QUERY_SECONDS = 2
# Connecting is slow while several stacks start.
_CONNECT_SECONDS = 5
_END_SECONDS = 10
# Extensions whose data a plain dump and restore loses.
_NOT_RESTORED = {"timescaledb": "its chunks need a special restore"}
_UPKEEP = "postgres"
_STRANGER = re.compile(r"no password supplied|password authentication failed|FATAL: +role .* does not exist")


class Postgres:
    """PostgreSQL."""

    kind = "postgres"
    # https://www.postgresql.org/docs/current/limits.html
    longest = 63
    templates = True

    def version(self, server: Server) -> str:
        """Return the server's version; refuse what only speaks PostgreSQL's protocol, such as a pooler."""
        ((number, version, whole),) = _rows(server, sql.VERSION)
        if not whole.startswith("PostgreSQL") or "-YB-" in whole or int(number) < _OLDEST:
            raise not_copied(server, whole.partition(",")[0])
        return version.partition(" ")[0]

    def stored(self, server: Server) -> dict[str, Stored]:
        """Return all databases except the server's own templates, with the marks from their comments."""
        return {
            name: Stored(name, int(size), mark_in(comment), int(sessions))
            for name, size, comment, sessions in _rows(server, sql.DATABASES)
        }

    def free(self, server: Server) -> int | None:
        """Return the free bytes of the data directory's file system."""
        return room(_run(server, ["sh", "-c", sql.ROOM], {}))

    def make(self, server: Server, main: str, name: str, mark: DatabaseMark) -> None:
        """Make an empty database with main's extensions, because an app's role may not create them."""
        like, more = _like(server, main)
        extended = sql.extend(_rows(server, sql.extensions(), main))
        _execute(server, sql.create(name, like, None), sql.comment(name, _begun(mark)))
        if extended:
            _execute(server, *extended, database=name)
        _execute(server, *sql.alike(name, like[1], more), sql.comment(name, mark))

    def fill(self, server: Server, main: str, name: str, mark: DatabaseMark, report: Report) -> None:
        """Fill a template: by a copy inside the server if main's is idle, else by dump and restore."""
        self._end_former(server, name)
        like, _ = _like(server, main)
        there = self.stored(server)
        if name in there:
            self.drop(server, name)
        if not there[main].sessions and self._copied(server, main, like, name, mark):
            self._close(server, name, mark)
            return
        _refuse_extensions(server, main)
        _execute(server, sql.create(name, like, None), sql.comment(name, _begun(mark)))
        with undone(partial(self._end_former, server, name), partial(self.drop, server, name)):
            self._restore(server, main, name, there[main].size, report)
        _execute(server, "ANALYZE", database=name)
        self._close(server, name, mark)

    def copy(self, server: Server, template: str, main: str, name: str, mark: DatabaseMark) -> None:
        """Copy a template, and set owner, grants, settings and comment, which the server does not copy."""
        like, more = _like(server, main)
        _execute(
            server,
            sql.create(name, like, template),
            sql.comment(name, _begun(mark)),
            *sql.alike(name, like[1], more),
            sql.comment(name, mark),
        )

    def note(self, server: Server, name: str, mark: DatabaseMark) -> None:
        """Replace the mark in a database's comment."""
        _execute(server, sql.comment(name, mark))

    def end_sessions(self, server: Server, name: str) -> None:
        """End the sessions in a database."""
        _execute(server, sql.end_sessions(name))

    def drop(self, server: Server, name: str) -> None:
        """Drop a database."""
        _execute(server, *sql.drop(name))

    def query(self, server: Server, name: str, statement: str) -> tuple[tuple[str, ...], ...] | None:
        """Return the rows of a query, in bounded time."""
        options = f"-c statement_timeout={_QUERY_SECONDS * 1000} -c default_transaction_read_only=on"
        bounds = {"PGOPTIONS": options, "PGCONNECT_TIMEOUT": str(_CONNECT_SECONDS)}
        result = _psql(server, [statement], name, bounds)
        return None if result.code else sql.rows(result.out)

    def _close(self, server: Server, name: str, mark: DatabaseMark) -> None:
        """Forbid connections to a template: it cannot be copied while it has a session."""
        _execute(server, sql.comment(name, mark), sql.close(name))

    def _copied(self, server: Server, main: str, like: Sequence[str], name: str, mark: DatabaseMark) -> bool:
        """Try to copy an unused database inside the server; a session may have begun meanwhile."""
        made = _psql(server, [sql.create(name, like, main), sql.comment(name, _begun(mark))], _UPKEEP)
        return made.code == 0

    def _restore(self, server: Server, main: str, name: str, size: int, report: Report) -> None:
        script = ["sh", "-c", sql.COPY_SCRIPT, "sh", main, name]

        def look() -> None:
            ((done,),) = _rows(server, sql.size(name))
            report(min(int(done), size), size)

        copied = watched(
            lambda: _run(server, script, {"PGAPPNAME": sql.tag(name)}),
            look,
            partial(self._end_former, server, name),
        )
        _checked(server, f"{main} cannot be copied", copied)

    def _end_former(self, server: Server, name: str) -> None:
        """End the programs of a killed command that are still filling a database."""

        def remaining() -> bool:
            ((count,),) = _rows(server, sql.end_tagged(name))
            return count != "0"

        wait_while(remaining, _END_SECONDS)


def _refuse_extensions(server: Server, main: str) -> None:
    """Refuse to dump a database with an extension whose data a dump and restore loses.

    Raises:
        Failure: It has one.
    """
    for extension, _ in _rows(server, sql.extensions(), main):
        if why := _NOT_RESTORED.get(extension):
            raise Failure(
                f"{main} in {server.service} uses the extension {extension}: {why}",
                "stop main's own services for the first copy, which is then made inside the server",
                kind="database-not-copied",
            )


def _begun(mark: DatabaseMark) -> DatabaseMark:
    return replace(mark, state=FILLING)


def _like(server: Server, main: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return a database's owner, encoding and the like, and the rows of its grants and settings."""
    found = _rows(server, sql.likeness(main))
    like = next((row[1:] for row in found if row[0] == "is"), None)
    if like is None:
        raise missing(server, main)
    return like, found


def _run(server: Server, argv: Sequence[str], env: Mapping[str, str]) -> Result:
    """Run one of PostgreSQL's programs as the superuser."""
    plain = {"PGCLIENTENCODING": "UTF8", "PGCONNECT_TIMEOUT": "10", "PGAPPNAME": "worktree-tasks"}
    return server.ask(["sh", "-c", sql.AS_SUPERUSER, "sh", *argv], {**plain, **env})


def _psql(
    server: Server, statements: Sequence[str], database: str, env: Mapping[str, str] | None = None
) -> Result:
    argv = ["psql", "--no-password", "--no-psqlrc", "--quiet", "-At", "-v", "ON_ERROR_STOP=1"]
    argv += ["-F", sql.FIELD, "-R", sql.ROW, "-d", database]
    for statement in statements:
        argv += ["-c", statement]
    return _run(server, argv, env or {})


def _rows(server: Server, statement: str, database: str = _UPKEEP) -> tuple[tuple[str, ...], ...]:
    result = _psql(server, [statement], database)
    return sql.rows(_checked(server, "cannot read its databases", result).out)


def _execute(server: Server, *statements: str, database: str = _UPKEEP) -> None:
    """Execute statements, each in its own transaction, until one fails."""
    _checked(server, "cannot make or change a database", _psql(server, statements, database))


def _checked(server: Server, what: str, result: Result) -> Result:
    hint = (
        "the superuser's name and password come from POSTGRES_USER and POSTGRES_PASSWORD of"
        f" {server.service}: set them to those with which its data were initialized"
    )
    return checked(server, what, result, hint if _STRANGER.search(result.err) else "")
