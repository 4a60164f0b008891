"""Idle templates: one of each of main's databases, filled once and copied in a moment."""

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

    from ..databases.engine import DataEngine, Server, Stored
    from .project import Project

__all__ = ["foreign", "ready_template", "refuse_full", "watched_fill"]

# A server whose disk is full stops, main's first: room for more than what is copied.
_ROOM = 1.1


def ready_template(
    project: Project,
    engine: DataEngine,
    server: Server,
    main: str,
    seen: Mapping[str, Stored] = MappingProxyType({}),
    *,
    fresh: bool = False,
) -> tuple[str, DatabaseMark]:
    """Return the template of one of main's databases and its mark, filled where it is not there or not whole.

    Args:
        project: The project.
        engine: The server's engine.
        server: The server.
        main: The database.
        seen: What the server had a moment ago; without it, it is asked.
        fresh: Whether to fill it anew in any case.

    Raises:
        Refused: There is no room for it.
        Failure: It cannot be made; main's database is untouched.
    """
    wanted = Database("", TEMPLATE, "", server.service, engine.kind, main, "clone", "creating", 0)
    name = template_name(main, longest=engine.longest)
    leased = project.store.lease_database(project.entry.id, wanted, lambda _: name)
    if not fresh and leased.state == "ready" and (mark := _whole(seen.get(leased.name))):
        return leased.name, mark
    with project.locks.filling(f"{server.service}/{main}"):
        stored = engine.stored(server)
        here = stored.get(leased.name)
        if here and here.mark is None:
            raise foreign(server, leased.name)
        if not fresh and (mark := _whole(here)):
            project.store.note_database(project.entry.id, leased, state="ready")
            return leased.name, mark
        project.store.note_database(project.entry.id, leased, state="creating")
        mark = DatabaseMark(TEMPLATE, main, READY, time.time(), engine.version(server))
        watched_fill(project, engine, server, stored, leased.name, mark)
        project.store.note_database(project.entry.id, leased, state="ready")
        return leased.name, mark


def _whole(here: Stored | None) -> DatabaseMark | None:
    """Return the mark of a template that is whole."""
    return here.mark if here and here.mark and here.mark.state == READY else None


def watched_fill(
    project: Project,
    engine: DataEngine,
    server: Server,
    stored: dict[str, Stored],
    name: str,
    mark: DatabaseMark,
) -> None:
    """Fill a database from main's, and say how far it is."""
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
    """Refuse what would fill the disk of main's server.

    Raises:
        Refused: There is less room than the size and a tenth.
    """
    free = engine.free(server)
    if free is not None and free < size * _ROOM:
        raise Refused(
            f"{server.service} has {spoken_size(free)} free, and a copy of {main} takes {spoken_size(size)}",
            "make room where it keeps its data, or use --database shared or empty",
            kind="no-space-for-database",
        )


def foreign(server: Server, name: str) -> Failure:
    """Return the failure for a database that bears a name of ours and not our mark."""
    return Failure(
        f"database {name} of {server.service} has no mark of ours, so that it is left as it is",
        f"rename or drop it in {server.service}, then run the same command again",
        kind="foreign-database",
    )
