"""Whether a worktree's new databases need a migration, by which command, and in which service."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose.service_roles import own
from ...configuration.compose.workers import environment_of, shared_addresses
from ...configuration.databases.migration_command import MIGRATORS, migrator
from ...configuration.env.address_targets import Surroundings
from ...configuration.env.database_values import named_databases
from ...errors import WorktreeTasksError
from .drift import drift_of

if TYPE_CHECKING:
    from .worktree_handle import Tree

__all__ = ["found_migrator", "has_pending", "migrating_service"]

# A start must not wait for a long history.
_SECONDS = 2.0


def has_pending(tree: Tree) -> bool:
    """Return whether the branch has migrations that its own databases lack, as far as is known."""
    with suppress(WorktreeTasksError):
        return any(one.pending and not one.shared for one in drift_of(tree, seconds=_SECONDS))
    return False


def found_migrator(tree: Tree) -> str | None:
    """Return the command of the migration tool that the branch uses, if it is a known one."""
    return migrator(git.listed(tree.record.path, list(MIGRATORS)))


def migrating_service(tree: Tree) -> str | None:
    """Return the running own service that names a database; one that publishes a port is preferred."""
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
