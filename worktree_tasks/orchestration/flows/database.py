"""Flows: a worktree's databases shown, made its own or shared again, and copied afresh."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...configuration.databases.database_marks import READY, TRASHED
from ...errors import BadUse, Failure, WorktreeTasksError
from ..databases.engine_table import load
from ..steps.data_copies import drop_for_reset, make_databases, trash_databases
from ..steps.data_templates import ready_template
from ..steps.drift import drift_of
from ..steps.git_link import refuse_unlinked
from ..steps.migrating import migrate
from ..steps.own_databases import lease_databases, named_by, part_databases, recorded, server_of, stored_in
from ..steps.sqlite_files import copied_sqlite_files, drop_sqlite_files, service_with, sqlite_files
from ..steps.worktree import find_tree
from ..steps.worktree_lock import holding
from .step_order import carry_out

if TYPE_CHECKING:
    from ...configuration.drift.drift_lines import Apart
    from ...store import Database
    from ..databases.engine import Stored
    from ..steps.project import Project
    from ..steps.tree import Tree

__all__ = ["DatabaseView", "Databases", "change_database", "show_database"]


@dataclass(frozen=True, slots=True)
class DatabaseView:
    """A database that a worktree uses.

    Attributes:
        service: The server's service; of a SQLite file, the first own service that mounts it.
        name: The database; a SQLite file's path in the checkout.
        engine: The server's kind.
        mode: `shared`, `clone` or `empty`.
        main: The database of main's that it has the place of.
        state: `ready`, `creating` or `missing`; `unknown` while the server is down.
        size: Its size in bytes; None where that is not known.
        age: Seconds since its data were taken; None for main's, and for one that was made empty.
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
    """The databases of a worktree: its name, its mode, each, and how far they are apart from its branch."""

    name: str
    mode: str
    databases: tuple[DatabaseView, ...]
    drift: tuple[Apart, ...] = ()


def show_database(project: Project, name: str) -> Databases:
    """Tell which databases a worktree uses, and what they are like now.

    Raises:
        BadUse: No worktree bears the name.
    """
    tree = find_tree(project, name)
    project.runtime.check(project)
    return _view(tree)


def change_database(
    project: Project, name: str, *, mode: str | None = None, reset: bool = False, refresh: bool = False
) -> Databases:
    """Change whose databases a worktree has, or what is in them; run again after a crash, finish the job.

    Args:
        project: The project.
        name: The worktree.
        mode: `shared`, `clone` or `empty`; None to keep what it has.
        reset: Whether its own are dropped and made afresh.
        refresh: Whether the templates are filled anew from main's first.

    Raises:
        BadUse: No worktree bears the name, or there is nothing to reset.
        Refused: There is no room for a copy.
        Failure: A server refuses, or the stack does not come up; the same command again finishes.
    """
    project.check()
    tree = find_tree(project, name)
    with holding(tree):
        if not tree.record.path.is_dir():
            raise Failure(
                f"{tree.record.home} is gone",
                f"bring it back, or run wt.remove {tree.record.name} to clean up what it left",
                kind="worktree-deleted",
            )
        refuse_unlinked(tree)
        if reset and (mode or tree.record.database) == "shared":
            raise BadUse(
                f"{tree.record.name} uses main's database, which is never reset",
                f"wt.database {tree.record.name} --mode clone gives it one of its own",
                kind="nothing-to-reset",
            )
        if refresh:
            _refresh(tree)
        if mode:
            _switch(tree, mode)
        if reset:
            _reset(tree)
        return _view(tree)


def _refresh(tree: Tree) -> None:
    """Fill the templates of the databases that a worktree has, or could have, of its own."""
    for one in named_by(tree):
        engine = load(one.kind)
        if engine and engine.templates:
            with tree.project.progress.step("template") as say:
                name, mark = ready_template(
                    tree.project, engine, server_of(tree.project, one.service), one.name, fresh=True
                )
                say(f"{name} in {one.service}, filled from {mark.main}")


def _switch(tree: Tree, mode: str) -> None:
    """Have a worktree use databases of another mode; what it had of its own goes to the trash."""
    former = tree.record.database
    running = bool(tree.runtime.services(tree, running=True))
    made: tuple[Database, ...] = ()
    if mode != "shared":
        part_databases(tree, mode)
        tree.update(database=mode)
        try:
            lease_databases(tree)
            made = make_databases(tree)
        except WorktreeTasksError:
            tree.update(database=former)
            raise
    tree.update(database=mode)
    carry_out(tree, *tree.runtime.goals(start=running))
    if running:
        tree.runtime.up(tree)
    if mode == "shared":
        trash_databases(tree)
    elif running:
        migrate(tree, made)


def _reset(tree: Tree) -> None:
    """Drop a worktree's own databases and make them afresh."""
    stopped = bool(copied_sqlite_files(tree)) and bool(tree.runtime.services(tree, running=True))
    if stopped:
        # Who has a file open goes on with it when it is deleted.
        tree.runtime.stop(tree)
    drop_sqlite_files(tree)
    drop_for_reset(tree)
    made = make_databases(tree)
    if stopped:
        tree.runtime.up(tree)
    migrate(tree, made)


def _view(tree: Tree) -> Databases:
    """Return the databases that a worktree uses: its own, or those of main's that it names."""
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
    """Return a SQLite database of a worktree's own, which is a file of the service that mounts it."""
    file = tree.record.path / name
    there = file.is_file()
    state, size = ("ready", file.stat().st_size) if there else ("missing", None)
    return DatabaseView(service_with(tree, name), name, "sqlite", "clone", name, state, size)


def _with_stored(one: DatabaseView, stored: dict[str, Stored] | None) -> DatabaseView:
    """Return a database as its server has it."""
    if stored is None:
        return replace(one, state="unknown")
    here = stored.get(one.name)
    if here is None:
        return replace(one, state="missing")
    whole = one.mode == "shared" or (here.mark and here.mark.state in (READY, TRASHED))
    age = max(0.0, time.time() - here.mark.made) if here.mark and here.mark.made else None
    return replace(one, state="ready" if whole else "creating", size=here.size, age=age)
