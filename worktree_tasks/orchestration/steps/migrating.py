"""A worktree's own database migrated once it is made, where the project says how or a tool is known."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose.services import own
from ...configuration.compose.workers import environment_of, shared_addresses
from ...configuration.databases.migration_command import MIGRATORS, migrator
from ...configuration.env.address_targets import Surroundings
from ...configuration.env.databases import named_databases
from ...errors import CommandFailed, Failure, WorktreeTasksError
from ...printable import lines_of
from .drift import drift_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from ...store import Database
    from .tree import Tree

__all__ = ["migrate"]

# A start waits for no history.
_SECONDS = 2.0


def migrate(tree: Tree, made: Collection[Database]) -> None:
    """Migrate a worktree's own databases after they were made.

    An empty one is migrated, and a copy of main's where the branch has more migrations, or the project says
    how.

    Raises:
        Failure: The command failed; the worktree stays as it is, its database too.
    """
    if not made:
        return
    told = tree.project.settings.migrate
    empty = any(one.mode == "empty" for one in made)
    command = told.get("command") or (_migrator(tree) if empty or _pending(tree) else None)
    service = told.get("service") or _service(tree)
    name = tree.record.name
    if not command or not service:
        if empty:
            tree.project.progress.note(
                f"nothing is in the database of {name} yet: wt.migrate says what migrates it"
            )
        return
    again = f"fix it, then wt.run {name} {service} {shlex.quote(command)}; wt.migrate says what is run"
    with tree.project.progress.step("migrate") as say:
        tree.project.progress.doing(command)
        try:
            ran = tree.runtime.run(tree, service, shlex.split(command), capture=True)
        except CommandFailed as error:
            raise Failure(
                f"{name} is not migrated: {error.what}", again, error.details, kind="migration-failed"
            ) from error
        except WorktreeTasksError as error:
            raise Failure(f"{name} is not migrated: {error.what}", again, kind="migration-failed") from error
        if show := tree.project.echo:
            for line in lines_of(ran.output):
                show(line)
        say(f"{service}: {command}")


def _pending(tree: Tree) -> bool:
    """Return whether the branch has migrations that its own databases lack, as far as that is known."""
    with suppress(WorktreeTasksError):
        return any(one.pending and not one.shared for one in drift_of(tree, seconds=_SECONDS))
    return False


def _migrator(tree: Tree) -> str | None:
    return migrator(git.listed(tree.record.path, list(MIGRATORS)))


def _service(tree: Tree) -> str | None:
    """Return the own service that names a database; those that publish a port come first."""
    around = Surroundings(shared=shared_addresses(tree.services, tree.project.model))
    running = tree.runtime.services(tree, running=True)
    specs = [tree.model.services[one.name] for one in own(tree.branch_services) if one.name in running]
    naming = [
        spec
        for spec in specs
        if named_databases([{**tree.project.env_values, **environment_of(spec)}], around)
    ]
    ranked = sorted(naming, key=lambda spec: not spec.ports)
    return ranked[0].name if ranked else None
