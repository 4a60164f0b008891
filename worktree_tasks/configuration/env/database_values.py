"""Databases of shared servers: which ones values name, and how a worktree's own replace them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass
from .database_references import COPIED, INTERNAL, UNCOPIED, places
from .expansion import expand
from .urls import edit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .address_targets import SharedAddress, Surroundings
    from .database_references import NamedPlace
    from .urls import Edits

__all__ = ["Named", "moved_databases", "named_databases"]

# A variable that contains only a database's name.
_KEY = re.compile(
    r"(?P<prefix>.*?)(?P<part>(?:DATABASE|DB)_?NAME|DATABASE|DB|(?<=SQL_)NAME|(?<=PG_)NAME|(?<=RDS_)NAME"
    r"|(?<=POSTGRES_)NAME|(?<=MARIADB_)NAME)\Z",
    re.IGNORECASE,
)
_HOSTS = ("HOST", "HOSTNAME", "SERVER", "ADDR", "ADDRESS")
# What may follow the common prefix in the name of the host's variable.
_BETWEEN = ("", "DB_", "DATABASE_")
_VALUE = re.compile(r"(?![0-9]+\Z)[\w.-]+")
_OF_KIND = re.compile(
    r"(?:\A|_)(?:(?P<postgres>POSTGRES(?:QL)?_|PG_?|PSQL_)|(?P<mysql>MYSQL_|MARIADB_))", re.IGNORECASE
)
_REASON = "a database of this worktree's own"


@dataclass(frozen=True, slots=True)
class Named:
    """A database of a shared service that own services use.

    Attributes:
        service: The shared service.
        kind: The kind of server.
        name: The database.
    """

    service: str
    kind: str
    name: str

    @property
    def copied(self) -> bool:
        """Whether there is an engine for servers of its kind."""
        return self.kind in COPIED


def named_databases(
    environments: Iterable[Mapping[str, str]], around: Surroundings, more: Iterable[str] = ()
) -> tuple[Named, ...]:
    """Return the databases of shared services that programs name, in their order.

    Args:
        environments: The values of each program.
        around: The shared services.
        more: Further databases, each as `name` if there is only one server, or as `service/name`.
    """
    found: dict[Named, None] = {}
    for values in environments:
        for key in values:
            for server, name in _named_by(key, values, around):
                found[Named(server.service, str(server.kind), name)] = None
    for text in more:
        service, _, name = text.rpartition("/")
        shared = around.shared_named(service) if service else _only(around)
        if shared is not None and shared.kind:
            found[Named(shared.service, shared.kind, name)] = None
    busy = {one.service for one in found if one.name not in INTERNAL}
    return tuple(one for one in found if one.name and not (one.name in INTERNAL and one.service in busy))


def moved_databases(values: Mapping[str, str], around: Surroundings) -> Edits:
    """Return new values with the worktree's own databases in place of main's, each with the reason."""
    if not around.databases:
        return {}
    now, found = dict(values), dict[str, tuple[str, str]]()
    # Variables that contain only a name come first: others may refer to them.
    for key in sorted(values, key=lambda key: not _KEY.fullmatch(key)):
        new = _beside(key, now, around) or _inside(key, now, around)
        if new and new[0] != values[key]:
            now[key] = new[0]
            found[key] = new
    return found


def _named_by(
    key: str, values: Mapping[str, str], around: Surroundings
) -> Iterator[tuple[SharedAddress, str]]:
    text = expand(values[key], values)
    if server := _server_beside(key, text, values, around):
        yield server, text
        return
    for place in places(text, around):
        yield place.server, place.name


def _beside(key: str, values: Mapping[str, str], around: Surroundings) -> tuple[str, str] | None:
    """Return the own database for a variable that contains only a database's name."""
    text = expand(values[key], values)
    server = _server_beside(key, text, values, around)
    own = around.databases.get((server.service, text)) if server else None
    return (own, _REASON) if own else None


def _inside(key: str, values: Mapping[str, str], around: Surroundings) -> tuple[str, str] | None:
    """Return a value with own databases in it; references to variables are resolved only if necessary."""
    raw, resolved = values[key], expand(values[key], values)
    wanted = _edits(resolved, around)
    if not wanted:
        return None
    plain = _edits(raw, around)
    text, edits = (raw, plain) if len(plain) == len(wanted) else (resolved, wanted)
    return edit(text, [(one.start, one.end, one.before + _own_name(one, around)) for one in edits]), _REASON


def _edits(text: str, around: Surroundings) -> list[NamedPlace]:
    return [one for one in places(text, around) if (one.server.service, one.name) in around.databases]


def _own_name(place: NamedPlace, around: Surroundings) -> str:
    return around.databases[place.server.service, place.name]


def _server_beside(
    key: str, value: str, values: Mapping[str, str], around: Surroundings
) -> SharedAddress | None:
    """Return the server of the database that a variable names, by the accompanying host or by its kind."""
    match = _KEY.fullmatch(key)
    if not match or not _VALUE.fullmatch(value):
        return None
    host = _host(match["prefix"], values)
    if host:
        name, _, port = expand(host, values).rpartition(":")
        server = around.shared_by(name, int(port)) if name and port.isdigit() else None
        server = server or around.shared_by(expand(host, values), _port(match["prefix"], values))
    elif kind := _OF_KIND.search(match["prefix"] + "_"):
        server = around.only(str(kind.lastgroup))
    else:
        # A variable called just `DB` could be anything.
        server = _only(around) if match["part"].upper().endswith("NAME") or match["prefix"] else None
    return server if server and server.kind in COPIED | UNCOPIED else None


def _host(prefix: str, values: Mapping[str, str]) -> str:
    keys = (prefix + between + suffix for between in _BETWEEN for suffix in _HOSTS)
    return next((values[key] for key in keys if values.get(key)), "")


def _port(prefix: str, values: Mapping[str, str]) -> int | None:
    ports = (expand(values.get(f"{prefix}{between}PORT", ""), values) for between in _BETWEEN)
    return next((int(port) for port in ports if port.isdigit()), None)


def _only(around: Surroundings) -> SharedAddress | None:
    """Return the only shared server with databases; None if there are none or several."""
    found = [one for one in around.shared if one.kind in COPIED | UNCOPIED]
    return found[0] if len(found) == 1 else None
