"""A worktree's decisions: recording them, and comparing them with what would be decided now."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ...configuration.compose.recorded_roles import decisions_of
from ...configuration.compose.role_changes import role_changes
from ...configuration.naming import did_you_mean
from ...errors import BadUse
from .network_choice import network_change
from .ports import port_changes
from .queue_databases import queue_change
from .url_host import host_change

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...configuration.compose.role_changes import RoleChange
    from .worktree_handle import Tree

__all__ = ["changes", "record_roles", "refuse_unknown", "request_roles"]


def request_roles(tree: Tree, roles: Mapping[str, str]) -> None:
    """Request roles of services in one worktree that override the rules.

    Raises:
        BadUse: The worktree already exists, and a service has another role in it.
    """
    recorded = tree.roles
    for name, role in roles.items():
        if recorded and (held := recorded[name].role if name in recorded else "missing") != role:
            raise BadUse(
                f"{name} was requested as {role}, but is {held} in {tree.record.name}",
                f"leave --{role} out; or wt.remove {tree.record.name},"
                f" then wt.new {shlex.quote(tree.record.branch)} --{role} {name}",
                kind="role-kept",
            )
    tree.wanted = dict(roles)


def refuse_unknown(roles: Mapping[str, str], services: Iterable[str]) -> None:
    """Make sure that the services with a requested role exist, in main or on the branch.

    Raises:
        BadUse: There is no such service.
    """
    there = dict.fromkeys(services)
    for name, role in roles.items():
        if name not in there:
            raise BadUse(
                f"--{role} {name!r}: there is no such service",
                did_you_mean(name, there) or f"its services are {', '.join(there)}",
                kind="bad-value",
            )


def record_roles(tree: Tree) -> None:
    """Record the roles of all services of main and of the worktree's branch, and forget those of others.

    Which of them the stack does not start is recorded too.
    """
    store = tree.project.store
    store.record_decisions(tree.record, decisions_of((*tree.services, *tree.branch_services)))
    store.record_idle(tree.record, {one.name for one in tree.branch_services if one.idle})


def changes(tree: Tree) -> tuple[RoleChange, ...]:
    """Return what would be decided differently for a worktree now."""
    roles = role_changes(tree.decided, tree.branch_services)
    return (*roles, *port_changes(tree), *queue_change(tree), *network_change(tree), *host_change(tree))
