"""What each step needs from the steps before it, so that each works alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..runtimes.compose.main_stack import ensure_main
from ..runtimes.compose.network import ensure_network
from ..steps.compose_project import lease_stack_name
from ..steps.env_files import write_env
from ..steps.ports import allocate_port

if TYPE_CHECKING:
    from ..steps.tree import Tree

__all__ = ["with_env", "with_main", "with_network", "with_ports"]


def with_main(tree: Tree) -> None:
    """Have main's shared services running."""
    ensure_main(tree.project)


def with_ports(tree: Tree) -> None:
    """Have the worktree's compose project, slot and ports."""
    lease_stack_name(tree)
    if tree.record.slot is None:
        allocate_port(tree)


def with_network(tree: Tree) -> None:
    """Have its ports and its network."""
    with_ports(tree)
    with_main(tree)
    ensure_network(tree)


def with_env(tree: Tree) -> None:
    """Have its ports, network and env files."""
    with_network(tree)
    write_env(tree)
