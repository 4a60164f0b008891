"""Flows: show a worktree's databases, switch them between own and shared, and reset them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ... import interruption
from ...configuration.databases.database_marks import READY, TRASHED
from ...errors import BadUse
from ...quick_dataclasses import dataclass, replace
from ..databases.database_engine_table import load
from ..steps.database_copies import drop_for_reset, make_databases
from ..steps.database_migration import migrate
from ..steps.database_templates import ready_template
from ..steps.database_trash import mark_trashed, reinstate_databases, retire_databases, trash_databases
from ..steps.drift import drift_of
from ..steps.git_link import refuse_unusable_directory
from ..steps.own_databases import lease_databases, named_by, recorded, refuse_down, server_of, stored_in
from ..steps.sqlite_files import copied_sqlite_files, drop_sqlite_files, service_with, sqlite_files
from ..steps.worktree_lock import holding
from ..steps.worktree_search import find_tree
from .launch import launch
from .step_order import carry_out

if TYPE_CHECKING:
    from ...configuration.drift.drift_lines import Apart
    from ...store import Database
    from ..databases.database_engine import Stored
    from ..steps.project import Project
    from ..steps.worktree_handle import Tree

__all__ = ["DatabaseView", "Databases", "change_database", "show_database"]


@dataclass(frozen=True, slots=True)
class DatabaseView:
    """A database that a worktree uses.

    Attributes:
        service: The server's service; for a SQLite file, the first own service that mounts it.
        name: The database's name; for a SQLite file, its path in the checkout.
        engine: The kind of server.
        mode: `shared`, `clone` or `empty`.
        main: Main's database that it replaces.
        state: `ready`, `creating` or `missing`; `unknown` while the server is down.
        size: Its size in bytes; None if unknown.
        age: Seconds since its data were copied; None for main's, and for one that was made empty.
    """

    service: str
    name: str
    engine: str
    mode: str
    main: str
    state: str
    size: int | None = None
    age: float | None = None


@dataclass(frozen=True, slots=True)
class Databases:
    """A worktree's databases: its name, its mode, each database, and how they differ from its branch."""

    name: str
    mode: str
    databases: tuple[DatabaseView, ...]
    drift: tuple[Apart, ...] = ()


def show_database(project: Project, name: str) -> Databases:
    """Return the databases that a worktree uses, in their current state.

    Raises:
        BadUse: No worktree has that name.
    """
    tree = find_tree(project, name)
    project.runtime.check(project)
    return _view(tree)


def change_database(
    project: Project, name: str, *, mode: str | None, reset: bool, refresh: bool
) -> Databases:
    """Change which databases a worktree uses, or what is in them; after a crash, run it again to finish.

    Args:
        project: The project.
        name: The worktree.
        mode: `shared`, `clone` or `empty`; None to keep the current mode.
        reset: Whether to drop its own databases and make them again.
        refresh: Whether to refill the templates from main's databases first.

    Raises:
        BadUse: No worktree has that name, or there is nothing to reset.
        Refused: There is not enough space for a copy.
        Failure: A server refused, or the stack did not start; run the same command again to finish.
    """
    project.check()
    tree = find_tree(project, name)
    with holding(tree):
        refuse_unusable_directory(tree)
        if reset and (mode or tree.record.database) == "shared":
            raise BadUse(
                f"{tree.record.name} uses main's database, which is never reset",
                f"wt.database {tree.record.name} --mode clone gives it its own",
                kind="nothing-to-reset",
            )
        running = bool(tree.runtime.services(tree, running=True))
        if running:
            # Main may have stopped since the worktree was started.
            carry_out(tree, *(one for one in tree.runtime.goals(start=True) if one not in _files(tree)))
        if refresh:
            _refresh(tree)
        if mode:
            _switch(tree, mode, running=running)
        if reset:
            _reset(tree, running=running)
        return _view(tree)


def _refresh(tree: Tree) -> None:
    """Refill the templates of the databases that a worktree has, or could have, as its own."""
    for one in named_by(tree):
        engine = load(one.kind)
        if engine and engine.templates:
            with tree.project.progress.step("template") as say:
                name, mark = ready_template(
                    tree.project, engine, server_of(tree.project, one.service), one.name, fresh=True
                )
                say(f"{name} in {one.service}, filled from {mark.main}")


def _files(tree: Tree) -> tuple[str, ...]:
    """Return the names of the steps that write what a stack reads, whether it runs or not."""
    return tree.runtime.goals(start=False)


def _switch(tree: Tree, mode: str, *, running: bool) -> None:
    """Switch a worktree to another mode; its own databases of the former mode go to the trash."""
    made = () if mode == "shared" else _exchange(tree, mode)
    tree.update(database=mode)
    tree.to_shared = mode == "shared"
    carry_out(tree, *_files(tree))
    if running:
        launch(tree, made=made)
    # Until now, the stack used them.
    if mode == "shared":
        trash_databases(tree)
    else:
        mark_trashed(tree)


def _exchange(tree: Tree, mode: str) -> tuple[Database, ...]:
    """Give a worktree its databases of another mode; if that fails, it keeps those that it has."""
    former = tree.record.database
    refuse_down(tree)
    retire_databases(tree, mode)
    tree.update(database=mode)
    try:
        lease_databases(tree)
        return make_databases(tree)
    except BaseException:
        with interruption.undoing():
            reinstate_databases(tree, former)
        raise


def _reset(tree: Tree, *, running: bool) -> None:
    """Drop a worktree's own databases and make them again."""
    stopped = running and bool(copied_sqlite_files(tree))
    if stopped:
        # A process that has a file open keeps using it after it is deleted.
        tree.runtime.stop(tree)
    drop_sqlite_files(tree)
    drop_for_reset(tree)
    made = make_databases(tree)
    if stopped:
        tree.runtime.up(tree)
    if running:
        migrate(tree, made)


def _view(tree: Tree) -> Databases:
    """Return the databases that a worktree uses: its own, or main's that its configuration names."""
    record = tree.record
    if record.database == "shared":
        used = [
            DatabaseView(one.service, one.name, one.kind, "shared", one.name, "ready")
            for one in named_by(tree)
        ]
    else:
        used = [
            DatabaseView(one.service, one.name, one.engine, one.mode, one.main, one.state)
            for one in recorded(tree)
        ]
    files = tuple(_file(tree, name) for name in sqlite_files(tree)) if record.database == "clone" else ()
    stored = {one.service: stored_in(tree.project, one.service, one.engine) for one in used}
    seen = tuple(_with_stored(one, stored[one.service]) for one in used)
    return Databases(record.name, record.database, (*seen, *files), drift_of(tree))


def _file(tree: Tree, name: str) -> DatabaseView:
    """Return a worktree's own SQLite database, with the service that mounts the file."""
    file = tree.record.path / name
    there = file.is_file()
    state, size = ("ready", file.stat().st_size) if there else ("missing", None)
    return DatabaseView(service_with(tree, name), name, "sqlite", "clone", name, state, size)


def _with_stored(one: DatabaseView, stored: dict[str, Stored] | None) -> DatabaseView:
    """Return a database with its state, size and age on the server."""
    if stored is None:
        return replace(one, state="unknown")
    here = stored.get(one.name)
    if here is None:
        return replace(one, state="missing")
    whole = one.mode == "shared" or (here.mark and here.mark.state in (READY, TRASHED))
    age = max(0.0, time.time() - here.mark.made) if here.mark and here.mark.made else None
    return replace(one, state="ready" if whole else "creating", size=here.size, age=age)
