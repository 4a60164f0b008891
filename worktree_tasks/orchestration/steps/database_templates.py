"""Idle templates: one for each of main's databases, filled once and then copied quickly."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import TYPE_CHECKING

from ...configuration.databases.database_marks import READY, TEMPLATE, DatabaseMark
from ...configuration.databases.own_database_names import template_name
from ...configuration.formatting import spoken_size
from ...errors import Failure, Refused
from ...store import Database

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..databases.database_engine import DataEngine, Server, Stored
    from .project import Project

__all__ = ["foreign", "ready_template", "refuse_full", "watched_fill"]

# A full disk would stop main's server, so this much more than the size of the copy has to be free.
_SPACE_FACTOR = 1.1


def ready_template(
    project: Project,
    engine: DataEngine,
    server: Server,
    main: str,
    seen: Mapping[str, Stored] = MappingProxyType({}),
    *,
    fresh: bool = False,
) -> tuple[str, DatabaseMark]:
    """Return the template of one of main's databases and its mark; fill it if it is missing or incomplete.

    Args:
        project: The project.
        engine: The server's engine.
        server: The server.
        main: The database.
        seen: The server's databases a moment ago; by default it is queried.
        fresh: Whether to refill it in any case.

    Raises:
        Refused: There is not enough space for it.
        Failure: It cannot be made; main's database is not touched.
    """
    wanted = Database("", TEMPLATE, "", server.service, engine.kind, main, "clone")
    name = template_name(main, longest=engine.longest)
    leased = project.store.lease_database(project.entry.id, wanted, lambda _: name)
    known = seen.get(leased.name)
    if not fresh and leased.state == "ready" and known and (mark := known.ready_mark):
        return leased.name, mark
    with project.locks.making(f"the template of {server.service}/{main}"):
        stored = engine.stored(server)
        here = stored.get(leased.name)
        if here and here.mark is None:
            raise foreign(server, leased.name)
        if not fresh and here and (mark := here.ready_mark):
            project.store.note_database(project.entry.id, leased, state="ready")
            return leased.name, mark
        project.store.note_database(project.entry.id, leased, state="creating")
        mark = DatabaseMark(TEMPLATE, main, READY, time.time(), engine.version(server))
        watched_fill(project, engine, server, stored, leased.name, mark)
        project.store.note_database(project.entry.id, leased, state="ready")
        return leased.name, mark


def watched_fill(
    project: Project,
    engine: DataEngine,
    server: Server,
    stored: dict[str, Stored],
    name: str,
    mark: DatabaseMark,
) -> None:
    """Fill a database from main's, and report the progress."""
    size = stored[mark.main].size if mark.main in stored else 0
    refuse_full(engine, server, mark.main, size)

    marks = [one.mark for one in stored.values() if one.mark and one.mark.main == mark.main]
    last = max((one for one in marks if one.seconds), key=lambda one: one.made, default=None)
    took = f"; the last copy took {last.seconds:.1f} s" if last else ""

    def report(done: int, total: int) -> None:
        project.progress.doing(f"copying {mark.main}: {spoken_size(done)} of {spoken_size(total)}{took}")

    report(0, size)
    engine.fill(server, mark.main, name, mark, report)


def refuse_full(engine: DataEngine, server: Server, main: str, size: int) -> None:
    """Refuse a copy that could fill the disk of main's server.

    Raises:
        Refused: Less than 110 % of the size is free.
    """
    free = engine.free(server)
    if free is not None and free < size * _SPACE_FACTOR:
        raise Refused(
            f"{server.service} has {spoken_size(free)} free, and a copy of {main} takes {spoken_size(size)}",
            "free some space where it keeps its data, or use --database shared or empty",
            kind="no-space-for-database",
        )


def foreign(server: Server, name: str) -> Failure:
    """Return the failure for a database that has one of our names but not our mark."""
    return Failure(
        f"database {name} of {server.service} does not have our mark, so it is left as it is",
        f"rename or drop it in {server.service}, then run the same command again",
        kind="foreign-database",
    )
