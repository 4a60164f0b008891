"""Check: each database of ours has its worktree, and each worktree its databases."""

from __future__ import annotations

import shlex
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from ....configuration.compose.service_roles import shared
from ....configuration.databases.database_marks import READY, TEMPLATE, TRASHED
from ....errors import BadUse
from ....quick_dataclasses import replace
from ....store import Database
from ...steps.database_trash import trash_database
from ...steps.doctor_check import CheckLook, found
from ...steps.own_databases import stored_in
from ...steps.trash import listed
from ...steps.unrecorded_worktrees import env_values, trace_in
from ...steps.worktree_handle import trees

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....configuration.compose.service_roles import Service
    from ....configuration.databases.database_marks import DatabaseMark
    from ...databases.database_engine import Stored
    from ...steps.doctor_check import Trouble
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree

__all__ = ["look"]


def look(project: Project) -> CheckLook:
    """Compare the recorded databases with those on the shared servers that have our mark."""
    recorded = project.store.databases(project.entry.id)
    names = {one.key: one.name for one in project.records()}
    troubles: list[Trouble] = list(_unowned(project, recorded, names))
    count = 0
    for service in shared(project.services):
        stored = stored_in(project, service.name, service.kind or "")
        if stored is None:
            continue
        mine = [one for one in recorded if one.service == service.name]
        count += len(mine)
        troubles += _missing(mine, stored, names)
        troubles += _unmarked(project, mine, stored)
        troubles += _unrecorded(project, service, mine, stored)
    return CheckLook(
        f"{count} recorded, all present" if count else "no worktree has its own", tuple(troubles)
    )


def _unowned(project: Project, recorded: tuple[Database, ...], names: dict[str, str]) -> Iterator[Trouble]:
    """Yield the databases whose worktree was removed without them."""
    for one in recorded:
        if one.worktree and one.state != "trashed" and one.owner not in names:
            yield found(
                "database",
                f"{one.service}:{one.name}",
                f"database {one.name} in {one.service} belongs to {one.worktree}, which is gone",
                repair=partial(trash_database, project, one),
            )


def _missing(mine: list[Database], stored: dict[str, Stored], names: dict[str, str]) -> Iterator[Trouble]:
    for one in mine:
        if one.owner in names and one.state == "ready" and one.name not in stored:
            name = names[one.owner]
            yield found(
                "database",
                name,
                f"database {one.name} of {name} is missing from {one.service}",
                fix=f"wt.start {shlex.quote(name)}",
            )


def _unmarked(project: Project, mine: list[Database], stored: dict[str, Stored]) -> Iterator[Trouble]:
    """Yield the databases in the trash that their server takes for used, because it was down then."""
    for one in mine:
        here = stored.get(one.name)
        if one.state != "trashed" or here is None or here.ready_mark is None:
            continue
        yield found(
            "database",
            f"{one.service}:{one.name}",
            f"database {one.name} in {one.service} is in the trash, but marked there as in use",
            repair=partial(trash_database, project, one),
        )


def _unrecorded(
    project: Project, service: Service, mine: list[Database], stored: dict[str, Stored]
) -> Iterator[Trouble]:
    """Yield the databases that have our mark but no record, for instance after the state file was lost.

    Those of a worktree, of a restore point and templates are recorded again; it is unknown who needs the
    others.
    """
    known = {one.name for one in mine}
    unrecorded = [(one, one.mark) for one in stored.values() if one.mark and one.name not in known]
    if not unrecorded:
        return
    names: dict[str, str] = {str(one.notes.get("key")): one.worktree for one in listed(project)}
    names |= {one.key: one.name for one in project.records()} | {TEMPLATE: ""}
    used = {tree.record.key: _values(tree) for tree in trees(project)}

    def is_former(pair: tuple[Stored, DatabaseMark]) -> tuple[bool, bool]:
        one, mark = pair
        return mark.state == TRASHED, one.name not in used.get(mark.owner, "")

    # A former one must not take the place of the one that its worktree uses now.
    for one, mark in sorted(unrecorded, key=is_former):
        what = f"database {one.name} in {service.name} is our copy of {mark.main}, but has no record"
        if mark.owner in names:
            repair = partial(_record, project, service, one.name, mark, names[mark.owner])
            yield found("database", f"{service.name}:{one.name}", what, repair=repair)
        else:
            inside = f"docker compose -p {shlex.quote(project.name)} exec {shlex.quote(service.name)}"
            yield found(
                "database", f"{service.name}:{one.name}", what, fix=f"{inside} sh, to inspect it and drop it"
            )


def _values(tree: Tree) -> str:
    """Return the values of a worktree's env files and override, which name the databases that it uses."""
    trace = None
    # Other checks report a worktree whose directory or compose file is missing.
    with suppress(BadUse):
        trace = trace_in(tree.project, tree.entry) if tree.entry else None
    written = trace.environment if trace else ()
    return "\n".join((*env_values(tree.project, tree.record.path).values(), *(value for _, value in written)))


def _record(project: Project, service: Service, name: str, mark: DatabaseMark, worktree: str) -> None:
    """Record a database from its mark; as trashed if its worktree is gone or has another one in its place."""
    record = next((one for one in project.records() if one.key == mark.owner), None)
    state = {READY: "ready", TRASHED: "trashed"}.get(mark.state, "creating")
    wanted = Database(
        name, mark.owner, worktree, service.name, service.kind or "", mark.main, mark.mode, state, 0
    )
    if project.store.lease_database(project.entry.id, wanted, lambda _: name).name != name:
        wanted = replace(wanted, owner=f"{wanted.owner}/{name}", state="trashed")
        project.store.lease_database(project.entry.id, wanted, lambda _: name)
    elif record is not None and state != "trashed":
        project.store.update(record, database=mark.mode)
    if wanted.owner != mark.owner or (record is None and mark.owner != TEMPLATE):
        trash_database(project, wanted)
