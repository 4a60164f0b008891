"""Make a worktree's own databases, finish them after a crash, bring them back from the trash, drop them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ...configuration.databases.database_marks import READY, TRASHED, DatabaseMark
from ...configuration.databases.own_database_names import may_be_dropped
from ...configuration.formatting import spoken_age
from ...errors import Failure
from ...quick_dataclasses import replace
from ...waiting import wait_while
from ..databases.database_errors import missing
from .database_templates import foreign, ready_template, refuse_full, watched_fill
from .own_databases import database_notes, engine_of, named_by, recorded, server_of
from .sqlite_files import copy_sqlite_files, sqlite_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...store import Database
    from ..databases.database_engine import DataEngine, Server, Stored
    from .project import Project
    from .worktree_handle import Tree

__all__ = ["drop_databases", "drop_for_reset", "forget_unmade", "make_databases"]

# A server that has made a database sets its mark within this time.
_MARKING_SECONDS = 2.0


def make_databases(tree: Tree) -> tuple[Database, ...]:
    """Make a worktree's own databases that are missing or incomplete; return those that are to be migrated.

    Those are the new ones, and those that an earlier command made but did not get to migrate.

    Raises:
        Refused: There is not enough space for a copy.
        Failure: A server is down or refuses, or the name is taken by a database that is not ours.
    """
    if tree.record.database == "shared" or not (recorded(tree) or sqlite_files(tree)):
        return ()
    with tree.project.progress.step("database") as say:
        for note in database_notes(tree):
            tree.project.progress.note(note)
        made: list[Database] = []
        words = [f"{name} from main" for name in copy_sqlite_files(tree)]
        for server, engine, mine in _servers(tree):
            stored = engine.stored(server)
            for one in mine:
                here = stored.get(one.name)
                if _is_whole(tree, engine, server, one, here):
                    if here and here.mark and here.mark.state == TRASHED:
                        words.append(f"{one.name} in {one.service}, back from the trash")
                    if here and here.mark and here.mark.migrated:
                        continue
                else:
                    words.append(_make_beside(tree, engine, server, one, stored))
                made.append(one)
        existing = ", ".join((*(one.name for one in recorded(tree)), *sqlite_files(tree)))
        say("; ".join(words) or f"{existing} (already there)")
        return tuple(made)


def _servers(tree: Tree) -> Iterator[tuple[Server, DataEngine, list[Database]]]:
    """Yield the servers of a worktree's own databases, each with its engine and the recorded databases."""
    services = dict.fromkeys(one.service for one in recorded(tree))
    for service in services:
        mine = [one for one in recorded(tree) if one.service == service]
        yield server_of(tree.project, service), engine_of(mine[0].engine), mine


def _is_whole(tree: Tree, engine: DataEngine, server: Server, one: Database, here: Stored | None) -> bool:
    """Return whether a database exists and is complete; the remains of an earlier attempt are dropped."""
    project, record = tree.project, tree.record
    if here is None:
        if one.state == "ready":
            project.progress.note(f"database {one.name} of {one.service} was dropped, and is made again")
        return False
    if here.mark is None:
        raise foreign(server, one.name)
    if here.mark.state in (READY, TRASHED):
        if (here.mark.owner, here.mark.state) != (record.key, READY):
            engine.note(server, one.name, replace(here.mark, owner=record.key, state=READY))
        if one.state != "ready":
            project.store.note_database(record.project_id, one, state="ready")
        return True
    engine.drop(server, one.name)
    return False


def _make_beside(
    tree: Tree, engine: DataEngine, server: Server, one: Database, stored: dict[str, Stored]
) -> str:
    """Make a database, even if the server is still making it, or its template, for a killed command.

    No list shows it until it is complete, but its name cannot be used any more.
    """
    try:
        return _make(tree, engine, server, one, stored)
    except Failure:
        now = engine.stored(server)
        if now.keys() == stored.keys():
            raise

    def unfinished() -> bool:
        here = engine.stored(server).get(one.name)
        return here is not None and here.ready_mark is None

    wait_while(unfinished, _MARKING_SECONDS)
    now = engine.stored(server)
    if _is_whole(tree, engine, server, one, now.get(one.name)):
        return f"{one.name} in {one.service}"
    return _make(tree, engine, server, one, now)


def _make(tree: Tree, engine: DataEngine, server: Server, one: Database, stored: dict[str, Stored]) -> str:
    """Make a database and return what was made, in words."""
    project, record = tree.project, tree.record
    project.store.note_database(record.project_id, one, state="creating")
    mark = DatabaseMark(record.key, one.main, migrated=False, mode=one.mode)
    if one.mode == "empty" or one.main not in stored:
        like = _like(tree, server, one, stored)
        if one.mode != "empty":
            project.progress.note(f"{one.service} has no database {one.main} to copy, so {one.name} is empty")
        project.progress.doing(f"making {one.name}")
        engine.make(server, like, one.name, mark)
        words = f"{one.name} in {one.service}, empty"
    elif engine.templates:
        template, source = ready_template(project, engine, server, one.main, stored)
        refuse_full(engine, server, one.main, stored[one.main].size)
        project.progress.doing(f"copying {one.main} to {one.name}")
        mark = replace(source, owner=record.key, migrated=False)
        engine.copy(server, template, one.main, one.name, mark)
        age = max(0.0, time.time() - source.made)
        words = f"{one.name} in {one.service}, {one.main}'s data from {spoken_age(age)}"
        if age > project.settings.template_max_age:
            project.progress.note(
                f"the data in {one.name} are from {spoken_age(age)}:"
                f" wt.database {record.name} --refresh takes main's current data, then --reset copies them"
            )
    else:
        mark = replace(mark, made=time.time(), version=engine.version(server))
        began = time.monotonic()
        watched_fill(project, engine, server, stored, one.name, mark)
        words = f"{one.name} in {one.service}, {one.main}'s data, in {time.monotonic() - began:.1f} s"
    project.store.note_database(record.project_id, one, state="ready")
    return words


def _like(tree: Tree, server: Server, one: Database, stored: dict[str, Stored]) -> str:
    """Return the database of main's that an empty one is modelled on."""
    named = [other.name for other in named_by(tree) if other.service == one.service and other.name in stored]
    if one.main in stored:
        return one.main
    if named:
        return named[0]
    raise missing(server, one.main)


def drop_for_reset(tree: Tree) -> None:
    """Drop a worktree's own databases, so that they can be made again."""
    for server, engine, mine in _servers(tree):
        stored = engine.stored(server)
        for one in mine:
            tree.project.store.note_database(tree.record.project_id, one, state="creating")
            if here := stored.get(one.name):
                if here.mark is None:
                    raise foreign(server, one.name)
                engine.drop(server, one.name)


def drop_databases(project: Project, databases: Iterable[Database]) -> tuple[str, ...]:
    """Drop databases that are recorded and marked as ours, and forget those that are gone.

    Returns:
        Why each of the others stays, in words.
    """
    return tuple(filter(None, (_dropped(project, one) for one in databases)))


def _dropped(project: Project, one: Database) -> str | None:
    """Drop a database; return why it stays, or None if it does not."""
    server, engine = server_of(project, one.service), engine_of(one.engine)
    try:
        here = engine.stored(server).get(one.name)
        if here is not None:
            if here.mark is None or not may_be_dropped(one.name, {one.main, *_mains(project, one)}):
                return f"database {one.name} of {one.service} was not dropped: it does not have our mark"
            engine.drop(server, one.name)
    except Failure as error:
        outcome = f"may be left in {one.service}" if one.state == "creating" else "was not dropped"
        return f"database {one.name} {outcome}: {error.what}"
    project.store.forget_database(project.entry.id, one)
    return None


def _mains(project: Project, one: Database) -> Iterator[str]:
    """Yield main's databases on the same server, as far as they are known."""
    yield from (
        other.main for other in project.store.databases(project.entry.id) if other.service == one.service
    )
    yield from server_of(project, one.service).environment.values()


def forget_unmade(tree: Tree) -> None:
    """Drop the databases of a worktree that could not be made; one that cannot be dropped now is trashed."""
    for problem in drop_databases(tree.project, recorded(tree)):
        tree.project.progress.note(f"{problem}; it is in the trash, which wt.clean empties")
    for one in recorded(tree):
        tree.project.store.note_database(tree.record.project_id, one, state="trashed")
