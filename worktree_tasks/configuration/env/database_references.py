"""Names of databases in a text: in URLs of any scheme, and in lists of `key=value`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ...quick_dataclasses import dataclass
from .address_targets import WEB
from .urls import DEFAULT_PORTS, find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .address_targets import SharedAddress, Surroundings
    from .urls import Url

__all__ = ["COPIED", "INTERNAL", "UNCOPIED", "NamedPlace", "places"]

# Kinds of shared services of which a worktree can have its own databases, and kinds without an engine.
COPIED = frozenset({"postgres", "mysql"})
UNCOPIED = frozenset({
    "azure-sql-edge", "clickhouse", "couchdb", "db2", "mongo", "mssql", "mssql-server", "oracle-free",
    "oracle-xe", "surrealdb", "tidb",
})  # fmt: skip
# The servers' internal databases, which are not copied if a project's own are named, and never dropped.
INTERNAL = frozenset({
    "postgres", "template0", "template1", "mysql", "information_schema", "performance_schema", "sys",
})  # fmt: skip
# Schemes in which a URL without a host means a socket; drivers follow a plus sign.
_SCHEMES = {
    "postgres": "postgres", "postgresql": "postgres", "postgis": "postgres", "pgsql": "postgres",
    "psql": "postgres", "mysql": "mysql", "mysql2": "mysql", "mariadb": "mysql", "mysqlgis": "mysql",
}  # fmt: skip
_PATH = re.compile(r"/(?P<name>[^/?#;]*)")
# The query keys of libpq and JDBC, which take precedence over the path: https://www.postgresql.org/docs/current/libpq-connect.html
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
    """A place in a text that names a database of a shared service.

    Attributes:
        server: The shared service.
        name: The database.
        start: Where its name begins; where it would be inserted if the name is only implied.
        end: Where its name ends.
        before: The text to insert before a name that was only implied.
    """

    server: SharedAddress
    name: str
    start: int
    end: int
    before: str = ""


def places(text: str, around: Surroundings) -> tuple[NamedPlace, ...]:
    """Return the places in a text that name databases of shared services."""
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
    # By default, libpq uses the user's name for the database.
    user = text[slice(*url.user)].partition(":")[0]
    if not (path and path["name"]) and not queried and user and server.kind == "postgres":
        at = url.tail + (path.end() if path else 0)
        yield NamedPlace(server, unquote(user), at, at, "" if path else "/")


def _server_of(url: Url, around: Surroundings) -> SharedAddress | None:
    """Return the shared service that a URL names; for a socket, the only one of its kind."""
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
