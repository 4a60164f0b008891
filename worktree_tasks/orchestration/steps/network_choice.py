"""Whether a worktree's network is private or the project's, and what the setting would make it now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...configuration.compose.role_changes import RoleChange
from ...configuration.naming import PROJECTS_NETWORK

if TYPE_CHECKING:
    from .worktree_handle import Tree

__all__ = ["is_projects_network", "is_shared_network", "network_change"]

_WORDS = {True: "the project's", False: "private"}


def is_projects_network(tree: Tree) -> bool:
    """Return whether the recorded network is the one for all worktrees of the project, by its name."""
    name = str(tree.record.network)
    if not re.search(rf"_worktree_{PROJECTS_NETWORK}(?:-[0-9a-f]+)?\Z", name):
        return False
    # A worktree may have the same name.
    private = name.endswith(f"_worktree_{tree.record.name}")
    return not private or tree.project.settings.network == "project" or is_shared_network(tree)


def is_shared_network(tree: Tree) -> bool:
    """Return whether other worktrees use the network too."""
    return any(
        one.network == tree.record.network for one in tree.project.records() if one.key != tree.record.key
    )


def network_change(tree: Tree) -> tuple[RoleChange, ...]:
    """Return how the network would change now, if the setting is another than when it was made."""
    wanted = tree.project.settings.network
    now, renewed = is_projects_network(tree), wanted == "project"
    if tree.record.network is None or now == renewed:
        return ()
    return (RoleChange("the network", _WORDS[now], _WORDS[renewed], f"wt.network is {wanted}"),)
