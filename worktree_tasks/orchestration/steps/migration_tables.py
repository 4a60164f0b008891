"""Read the tables in which tools record migrations, in each database of a worktree."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose.service_roles import shared
from ...errors import WorktreeTasksError
from ...quick_dataclasses import dataclass, field
from ..databases.database_engine_table import load
from ..databases.sqlite import query
from .own_databases import named_by, recorded, server_of
from .sqlite_files import copied_sqlite_files, service_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...configuration.drift.framework import Row
    from .worktree_handle import Tree

__all__ = ["MigratedDatabase", "sources"]

# Variables that name a server's initial database; PostgreSQL's default is the user's name.
_FIRST = ("POSTGRES_DB", "POSTGRES_USER", "MYSQL_DATABASE", "MARIADB_DATABASE")


@dataclass(frozen=True, slots=True)
class MigratedDatabase:
    """A database of a worktree.

    Attributes:
        service: Its server.
        database: Its name there.
        shared: Whether it is main's.
    """

    service: str
    database: str
    shared: bool
    _ask: Callable[[str], tuple[Row, ...] | None] = field(repr=False)
    _sign: str = field(default='"', repr=False)

    def rows(self, table: str, columns: Sequence[str]) -> tuple[Row, ...] | None:
        """Return the rows of a table; None if it is missing, or its server does not answer."""
        sign = self._sign
        place = ".".join(f"{sign}{part}{sign}" for part in table.split("."))
        chosen = ", ".join(f"{sign}{column}{sign}" for column in columns)
        statement = f"SELECT {chosen} FROM {place}"  # noqa: S608 - names from our code, or validated settings
        with suppress(WorktreeTasksError):
            rows = self._ask(statement)
            return rows and tuple(row for row in rows if len(row) == len(columns))
        return None


def sources(tree: Tree) -> Iterator[MigratedDatabase]:
    """Yield the databases of a worktree: its own or main's on shared servers, and its own SQLite files."""
    own = {(one.service, one.main): one for one in recorded(tree)} if tree.record.database != "shared" else {}
    for service, kind, main in dict.fromkeys((*_named(tree), *_first(tree))):
        engine, mine = load(kind), own.get((service, main))
        if engine is not None and (mine is None or mine.state == "ready"):
            name = mine.name if mine else main
            ask = partial(engine.query, server_of(tree.project, service), name)
            yield MigratedDatabase(service, name, mine is None, ask, "`" if engine.kind == "mysql" else '"')
    for name in copied_sqlite_files(tree):
        place, folder = tree.record.path / name, git.git_directory(tree.record.path)
        yield MigratedDatabase(
            service_with(tree, name), name, shared=False, _ask=partial(query, place, folder)
        )


def _named(tree: Tree) -> Iterator[tuple[str, str, str]]:
    return ((one.service, one.kind, one.name) for one in named_by(tree))


def _first(tree: Tree) -> Iterator[tuple[str, str, str]]:
    """Yield the initial databases of servers on which no service names a database."""
    named = {one.service for one in named_by(tree)}
    for one in shared(tree.services):
        if one.kind and one.name not in named and one.name in tree.project.model.services:
            given = server_of(tree.project, one.name).environment
            if name := next((given[key] for key in _FIRST if given.get(key)), ""):
                yield one.name, one.kind, name
            elif one.kind == "postgres":
                yield one.name, one.kind, "postgres"
