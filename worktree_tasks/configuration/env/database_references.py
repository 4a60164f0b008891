"""Where the names of databases stand in a text: in URLs of any scheme, and in lists of `key=value`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from .address_targets import WEB
from .urls import DEFAULT_PORTS, find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .address_targets import SharedAddress, Surroundings
    from .urls import Url

__all__ = ["COPIED", "UNCOPIED", "NamedPlace", "places"]

# Kinds of shared services whose databases a worktree can have of its own, and those that no engine is for.
COPIED = frozenset({"postgres", "mysql"})
UNCOPIED = frozenset({
    "azure-sql-edge", "clickhouse", "couchdb", "db2", "mongo", "mssql", "mssql-server", "oracle-free",
    "oracle-xe", "surrealdb", "tidb",
})  # fmt: skip
# By these a URL without a host means a socket; drivers stand behind a plus.
_SCHEMES = {
    "postgres": "postgres", "postgresql": "postgres", "postgis": "postgres", "pgsql": "postgres",
    "psql": "postgres", "mysql": "mysql", "mysql2": "mysql", "mariadb": "mysql", "mysqlgis": "mysql",
}  # fmt: skip
_PATH = re.compile(r"/(?P<name>[^/?#;]*)")
# libpq's and JDBC's, which win over the path: https://www.postgresql.org/docs/current/libpq-connect.html
_QUERY = re.compile(r"[?&;](?:dbname|database|databaseName)=(?P<name>[^&#;]*)")
_SOCKET = re.compile(r"%2F", re.IGNORECASE)
# `host=db dbname=shop` of libpq, `Server=db;Database=shop` of ADO.NET, `pgsql:host=db;dbname=shop` of PDO.
_PAIRS_HOST = re.compile(
    r"(?:^|[\s;:])(?:host|hostaddr|server|data source|addr)\s*=\s*"
    r"'?(?P<host>[^\s;,:']+)(?:[:,](?P<port>\d+))?",
    re.IGNORECASE,
)
_PAIRS_PORT = re.compile(r"(?:^|[\s;:])port\s*=\s*'?(?P<port>\d+)", re.IGNORECASE)
_PAIRS_NAME = re.compile(
    r"(?:^|[\s;:])(?:dbname|database|initial catalog)\s*=\s*'?(?P<name>[^\s;']+)", re.IGNORECASE
)
# https://github.com/go-sql-driver/mysql#dsn-data-source-name
_GO = re.compile(r"@(?:tcp)?\((?P<host>[^():]+)(?::(?P<port>\d+))?\)/(?P<name>[^?]*)")


@dataclass(frozen=True, slots=True)
class NamedPlace:
    """Where a text names a database of a shared service.

    Attributes:
        server: The shared service.
        name: The database.
        start: Where its name begins; for a name that is only meant, where it would stand.
        end: Where its name ends.
        before: What has to stand before a name that is written there anew.
    """

    server: SharedAddress
    name: str
    start: int
    end: int
    before: str = ""


def places(text: str, around: Surroundings) -> tuple[NamedPlace, ...]:
    """Return where a text names databases of shared services that have databases."""
    urls = find(text)
    if urls:
        return tuple(place for url in urls for place in _in_url(text, url, around))
    return (*_in_pairs(text, around), *_in_go(text, around))


def _in_url(text: str, url: Url, around: Surroundings) -> Iterator[NamedPlace]:
    server = None if url.scheme in WEB else _server_of(url, around)
    if server is None or server.kind not in COPIED | UNCOPIED:
        return
    tail = text[url.tail : url.end]
    path, queried = _PATH.match(tail), _QUERY.search(tail)
    for match in filter(None, (path if path and path["name"] else None, queried)):
        start, end = match.span("name")
        yield NamedPlace(server, unquote(match["name"]), url.tail + start, url.tail + end)
    # libpq takes the user for the database.
    user = text[slice(*url.user)].partition(":")[0]
    if not (path and path["name"]) and not queried and user and server.kind == "postgres":
        at = url.tail + (path.end() if path else 0)
        yield NamedPlace(server, unquote(user), at, at, "" if path else "/")


def _server_of(url: Url, around: Surroundings) -> SharedAddress | None:
    """Return the shared service that a URL names; by a socket, the only one of its kind."""
    base = url.scheme.partition("+")[0]
    kind = _SCHEMES.get(base, "")
    hosts = [one for one in url.addresses if not _SOCKET.match(one.host)]
    if not hosts:
        return around.only(kind)
    default = DEFAULT_PORTS.get(base) or DEFAULT_PORTS.get(kind)
    found = (around.shared_by(one.host, one.port or default) for one in hosts)
    return next(filter(None, found), None)


def _in_pairs(text: str, around: Surroundings) -> Iterator[NamedPlace]:
    host, port, name = (one.search(text) for one in (_PAIRS_HOST, _PAIRS_PORT, _PAIRS_NAME))
    if host and name:
        yield from _named_places(host["host"], host["port"] or (port["port"] if port else None), name, around)


def _in_go(text: str, around: Surroundings) -> Iterator[NamedPlace]:
    for match in _GO.finditer(text):
        yield from _named_places(match["host"], match["port"], match, around)


def _named_places(
    host: str, port: str | None, name: re.Match[str], around: Surroundings
) -> Iterator[NamedPlace]:
    server = around.shared_by(host, int(port) if port else None)
    if server and server.kind in COPIED | UNCOPIED and name["name"]:
        yield NamedPlace(server, unquote(name["name"]), *name.span("name"))
