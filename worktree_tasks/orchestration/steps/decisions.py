"""The worktree's decisions: recorded, and compared with what would be decided today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.compose.decisions import decisions_of, role_changes
from .job_queue import queue_change
from .ports import port_changes

if TYPE_CHECKING:
    from ...configuration.compose.decisions import Change
    from .tree import Tree

__all__ = ["changes", "record_roles"]


def record_roles(tree: Tree) -> None:
    """Record the roles of all services that main or the worktree's branch has, and forget those of others."""
    tree.project.store.record_decisions(tree.record, decisions_of((*tree.services, *tree.branch_services)))


def changes(tree: Tree) -> tuple[Change, ...]:
    """Return what would be decided differently for a worktree today."""
    return (*role_changes(tree.decided, tree.branch_services), *port_changes(tree), *queue_change(tree))
