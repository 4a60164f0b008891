"""The host name in a worktree's URLs: recorded when it is made, and kept until that is renewed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.compose.role_changes import RoleChange
from ...configuration.naming import host_name

if TYPE_CHECKING:
    from .project import Project
    from .worktree_handle import Tree

__all__ = ["host_change", "host_for", "record_host"]


def host_for(project: Project, name: str) -> str:
    """Return the host name that a worktree would get now."""
    return host_name(project.settings.host, name, project.name)


def record_host(tree: Tree) -> None:
    """Record the host name in a worktree's URLs."""
    tree.update(host=host_for(tree.project, tree.record.name))


def host_change(tree: Tree) -> tuple[RoleChange, ...]:
    """Return how the host name would change now."""
    now, renewed = tree.record.host, host_for(tree.project, tree.record.name)
    if now == renewed:
        return ()
    return (RoleChange("the host name", now, renewed, f"wt.host is {tree.project.settings.host}"),)
