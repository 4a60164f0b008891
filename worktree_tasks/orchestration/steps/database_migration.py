"""Migrate a worktree's new databases, if the project sets how or a known tool is found."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

from ...errors import Failure, WorktreeTasksError
from ...printable import lines_of
from ...quick_dataclasses import replace
from .migration_choice import found_migrator, has_pending, migrating_service
from .own_databases import engine_of, server_of, stored_in

if TYPE_CHECKING:
    from collections.abc import Collection

    from ...store import Database
    from .worktree_handle import Tree

__all__ = ["migrate"]


def migrate(tree: Tree, made: Collection[Database]) -> None:
    """Migrate a worktree's own databases after they were made, and mark them as migrated.

    An empty database is migrated always; a copy of main's if the branch has more migrations, or the project
    sets the command.

    Raises:
        Failure: The command failed; the worktree and its database stay as they are.
    """
    if not made:
        return
    settings = tree.project.settings.migrate
    empty = any(one.mode == "empty" for one in made)
    command = settings.get("command") or (found_migrator(tree) if empty or has_pending(tree) else None)
    service = settings.get("service") or migrating_service(tree)
    name = tree.record.name
    if not command:
        if empty:
            tree.project.progress.note(
                f"the database of {name} is still empty: set the command that migrates it in wt.migrate"
            )
        _mark_migrated(tree, made)
        return
    if not service:
        tree.project.progress.note(
            f"the database of {name} is not migrated: no running service of its own names it;"
            " set the one that runs the command in wt.migrate"
        )
        return
    again = f"fix it, then wt.run {name} {service} {shlex.quote(command)}; wt.migrate sets the command"
    with tree.project.progress.step("migrate") as say:
        tree.project.progress.doing(command)
        try:
            ran = tree.runtime.run(tree, service, shlex.split(command), capture=True)
        except WorktreeTasksError as error:
            what = f"{name} is not migrated: {error.what}"
            raise Failure(what, again, error.details, kind="migration-failed") from error
        if show := tree.project.echo:
            for line in lines_of(ran.output):
                show(line)
        say(f"{service}: {command}")
    _mark_migrated(tree, made)


def _mark_migrated(tree: Tree, made: Collection[Database]) -> None:
    """Mark databases as migrated; if a server does not answer any more, the next start migrates again."""
    for service, kind in dict.fromkeys((one.service, one.engine) for one in made):
        stored = stored_in(tree.project, service, kind) or {}
        for here in (stored[one.name] for one in made if one.service == service and one.name in stored):
            if here.mark:
                mark = replace(here.mark, migrated=True)
                with suppress(WorktreeTasksError):
                    engine_of(kind).note(server_of(tree.project, service), here.name, mark)
