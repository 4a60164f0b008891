"""Which databases a worktree has as its own; they are recorded before they are made."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ...configuration.databases.own_database_names import database_name
from ...errors import BadUse, WorktreeTasksError
from ...lazy_modules import later
from ...lazy_values import once_each
from ...store import Database
from ..databases.database_engine import Server
from ..databases.database_engine_table import load

if TYPE_CHECKING:
    from collections.abc import Collection

    from ...configuration.compose import service_roles, workers
    from ...configuration.env import address_targets, database_values
    from ...configuration.env.database_values import Named
    from ..databases.database_engine import DataEngine, Stored
    from . import sqlite_files
    from .project import Project
    from .worktree_handle import Tree
else:
    # A removal only reads what is recorded.
    service_roles, workers, address_targets, database_values, sqlite_files = later(
        __package__,
        "...configuration.compose.service_roles",
        "...configuration.compose.workers",
        "...configuration.env.address_targets",
        "...configuration.env.database_values",
        ".sqlite_files",
    )

__all__ = [
    "database_notes",
    "engine_of",
    "lease_databases",
    "named_by",
    "planned_names",
    "recorded",
    "refuse_down",
    "request_database",
    "server_of",
    "stored_in",
]


@once_each
def named_by(tree: Tree) -> tuple[Named, ...]:
    """Return the databases of shared services that the own services of a worktree's project name."""
    project = tree.project
    specs = [
        project.model.services[one.name]
        for one in service_roles.own(tree.services)
        if one.name in project.model.services
    ]
    environments = [
        {**(project.env_values if workers.reads_files(spec) else {}), **workers.environment_of(spec)}
        for spec in specs
    ]
    around = address_targets.Surroundings(shared=workers.shared_addresses(tree.services, project.model))
    return database_values.named_databases(environments, around, project.settings.databases)


def engine_of(kind: str) -> DataEngine:
    """Return the engine for a kind of server.

    Raises:
        BadUse: There is none.
    """
    engine = load(kind)
    if engine is None:
        raise BadUse(
            f"databases of {kind} cannot be copied",
            "the setting wt.database: shared uses main's",
            kind="database-not-copied",
        )
    return engine


def server_of(project: Project, service: str) -> Server:
    """Return a shared database server in the form that engines use."""
    spec = project.model.services.get(service)
    environment = workers.environment_of(spec) if spec else {}
    return Server(service, environment, partial(project.runtime.execute, project, service))


def stored_in(project: Project, service: str, kind: str) -> dict[str, Stored] | None:
    """Return the databases of a shared server by name; None if it is down or has no engine."""
    engine = load(kind)
    if engine is None:
        return None
    try:
        return engine.stored(server_of(project, service))
    except WorktreeTasksError:
        # It may also be another server that only speaks the protocol.
        return None


def refuse_down(tree: Tree) -> None:
    """Check that the servers answer on which a worktree could have its own databases.

    Raises:
        Failure: One does not.
    """
    for service, kind in dict.fromkeys((one.service, one.kind) for one in named_by(tree)):
        if engine := load(kind):
            engine.version(server_of(tree.project, service))


def recorded(tree: Tree) -> tuple[Database, ...]:
    """Return the recorded databases of a worktree's own."""
    return tree.project.store.databases(tree.record.project_id, tree.record.key)


def request_database(tree: Tree, mode: str | None) -> None:
    """Record the database mode of a worktree that is being made.

    Args:
        tree: The worktree.
        mode: The requested mode; None for the setting's.

    Raises:
        BadUse: The worktree already exists, with another mode.
    """
    record = tree.record
    if record.state == "creating" and record.restoring is None and record.slot is None:
        tree.update(database=mode or tree.project.settings.database)
    elif mode not in (None, record.database):
        raise BadUse(
            f"the database of {record.name} is {record.database}, not {mode}",
            f"wt.database {record.name} --mode {mode} changes it",
            kind="another-database",
        )


def lease_databases(tree: Tree) -> None:
    """Record the databases that a worktree is to own, each with its name.

    One that it had in the same mode before is taken back from the trash.

    Raises:
        BadUse: There is none that it could own.
    """
    record = tree.record
    for name, wanted in _wanted(tree):
        of_main = wanted.service, wanted.kind, wanted.name
        database = Database("", record.key, record.name, *of_main, record.database)
        tree.project.store.lease_database(record.project_id, database, name)


def planned_names(tree: Tree) -> dict[tuple[str, str], str]:
    """Return the names of the databases that a worktree would own, by those of main's that they replace."""
    chosen: dict[tuple[str, str], str] = dict(tree.databases) if tree.record.id else {}
    for name, one in _wanted(tree):
        if (one.service, one.name) not in chosen:
            chosen[one.service, one.name] = name({*chosen.values()})
    return chosen


def database_notes(tree: Tree) -> tuple[str, ...]:
    """Return notes on databases that stay shared although the worktree owns others."""
    if tree.record.database == "shared":
        return ()
    return tuple(
        f"database {one.name} of {one.service} stays shared: databases of {one.kind} cannot be copied"
        for one in named_by(tree)
        if not one.copied
    )


def _wanted(tree: Tree) -> list[tuple[partial[str], Named]]:
    """Return the databases that a worktree is to own, each with a function that chooses its name."""
    record = tree.record
    if record.database == "shared":
        return []
    found = [one for one in named_by(tree) if one.copied]
    if not found and not sqlite_files.sqlite_files(tree):
        others = ", ".join(f"{one.name} of {one.service} ({one.kind})" for one in named_by(tree))
        raise BadUse(
            f"database {record.database}: own services name no shared database that can be copied"
            + (f", only {others}" if others else ""),
            "wt.databases names one; wt.plan shows which services are shared",
            kind="no-database",
        )
    return [(partial(_name, tree, one), one) for one in found]


def _name(tree: Tree, one: Named, taken: Collection[str]) -> str:
    record = tree.record
    longest = engine_of(one.kind).longest
    return database_name(one.name, record.name, record.key or "new", longest=longest, taken=taken)
