"""Databases in the trash: those of removed worktrees, and those that a worktree had in another mode."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ...configuration.databases.database_marks import TEMPLATE, TRASHED
from ...configuration.trash_expiry import Aged, expiry
from ...errors import Failure
from ...quick_dataclasses import replace
from .database_copies import drop_databases
from .own_databases import engine_of, lease_databases, recorded, server_of, stored_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...store import Database
    from ..databases.database_engine import Stored
    from .project import Project
    from .worktree_handle import Tree

__all__ = [
    "drop_expired_databases",
    "expired_databases",
    "mark_trashed",
    "reinstate_databases",
    "retire_databases",
    "trash_database",
    "trash_databases",
    "trashed_databases",
]


def trash_databases(tree: Tree) -> None:
    """Trash a worktree's own databases; their data stay until `wt.clean` drops them."""
    _trash(tree, recorded(tree))
    mark_trashed(tree)


def retire_databases(tree: Tree, mode: str) -> None:
    """Move a worktree's databases of another mode to the trash, so that new ones can be leased.

    Their servers do not know it before `mark_trashed`: the stack still uses them.
    """
    for one in recorded(tree):
        if one.mode != mode:
            tree.project.store.mark_database_trashed(tree.record.project_id, one)


def reinstate_databases(tree: Tree, mode: str) -> None:
    """Take back the databases that were retired for another mode, because that could not be made."""
    tree.update(database=mode)
    _trash(tree, [one for one in recorded(tree) if one.mode != mode])
    if mode != "shared":
        retire_databases(tree, mode)
        lease_databases(tree)
        for one in recorded(tree):
            tree.project.store.note_database(tree.record.project_id, one, state="ready")
    mark_trashed(tree)


def _trash(tree: Tree, databases: Iterable[Database]) -> None:
    """Record databases as trashed; those that were never complete are dropped."""
    for one in databases:
        if one.state != "creating":
            tree.project.store.note_database(tree.record.project_id, one, state="trashed")
            continue
        for problem in drop_databases(tree.project, [one]):
            tree.project.progress.note(problem)


def mark_trashed(tree: Tree) -> None:
    """Mark a worktree's trashed databases on their servers, and end the sessions in them.

    What a server that is down does not know, the doctor finds.
    """
    found = [
        one
        for one in tree.project.store.databases(tree.record.project_id)
        if one.state == "trashed" and _worktree_of(one) == tree.record.key
    ]
    for service, kind in dict.fromkeys((one.service, one.engine) for one in found):
        mine = [one for one in found if one.service == service]
        try:
            stored = engine_of(kind).stored(server_of(tree.project, service))
            for one in mine:
                _mark_on_server(tree.project, one, stored.get(one.name))
        except Failure as error:
            names = ", ".join(one.name for one in mine)
            tree.project.progress.note(
                f"{service} does not know that {names} is in the trash: {error.what};"
                " wt.doctor --fix tells it once it runs"
            )


def trash_database(project: Project, one: Database) -> None:
    """Trash a database whose worktree is gone, also on its server if that answers."""
    project.store.note_database(project.entry.id, one, state="trashed")
    _mark_on_server(project, one, (stored_in(project, one.service, one.engine) or {}).get(one.name))


def _mark_on_server(project: Project, one: Database, here: Stored | None) -> None:
    """Mark a database as trashed if its server has it as one in use."""
    if here and here.ready_mark:
        server, engine = server_of(project, one.service), engine_of(one.engine)
        engine.note(server, one.name, replace(here.ready_mark, state=TRASHED))
        engine.end_sessions(server, one.name)


def _worktree_of(one: Database) -> str:
    """Return the key of a database's worktree: a retired one has its own name behind it."""
    return one.owner.partition("/")[0]


def expired_databases(project: Project, *, note: bool = False) -> tuple[Database, ...]:
    """Return the databases that were seen twice to be in the trash for longer than the setting allows.

    Those of an existing worktree stay: it takes them back when it is switched back. A template has expired if
    it was filled that long ago, and no existing worktree has a copy of the same one of main's.

    Args:
        project: The project.
        note: Whether to record what this call sees.
    """
    known, keys = project.known(), {one.key for one in project.records()}
    if known is None:
        return ()
    found, seen = project.store.databases(known.id), project.store.databases_seen_expired(known.id)
    needed = {
        one
        for one in found
        if one.owner != TEMPLATE and (one.state != "trashed" or _worktree_of(one) in keys)
    }
    copied = {(one.service, one.main) for one in needed}
    needed |= {one for one in found if one.owner == TEMPLATE and (one.service, one.main) in copied}
    decided = expiry(
        (Aged(one, None, one.changed, seen.get(one)) for one in found),
        now=time.time(),
        days=project.settings.trash_days,
        needed=needed,
    )
    if note:
        project.store.note_databases_expired(known.id, decided.looks)
    return tuple(one for one in found if one in decided.due)


def drop_expired_databases(project: Project, databases: Iterable[Database]) -> tuple[str, ...]:
    """Drop databases that had expired, except those that were brought back or changed since they were listed.

    Returns:
        Why each of the others stays, in words.
    """
    return tuple(
        problem
        for one in databases
        if one in expired_databases(project)
        for problem in drop_databases(project, [one])
    )


def trashed_databases(project: Project) -> dict[str, tuple[tuple[Database, int | None], ...]]:
    """Return the databases in the trash with their sizes, as far as servers answer, by worktree key."""
    known = project.known()
    found = [one for one in project.store.databases(known.id) if one.state == "trashed"] if known else []
    sizes: dict[tuple[str, str], int] = {}
    for service, kind in {(one.service, one.engine) for one in found}:
        stored = stored_in(project, service, kind) or {}
        sizes |= {(service, one.name): one.size for one in stored.values()}
    return {
        key: tuple((one, sizes.get((one.service, one.name))) for one in found if _worktree_of(one) == key)
        for key in dict.fromkeys(map(_worktree_of, found))
    }
