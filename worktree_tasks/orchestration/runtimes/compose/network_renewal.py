"""Give a worktree another network than the one that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....engine import compose_command
from ...steps.network_choice import network_change
from .container_removal import stop_containers
from .network import remove_network
from .network_links import detach
from .network_name import lease_network

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ....configuration.compose.override import Stack
    from ...steps.worktree_handle import Tree

__all__ = ["give_up_network", "lease_or_renew_network", "recreate", "recreate_elsewhere"]


def lease_or_renew_network(tree: Tree) -> None:
    """Lease the network's name; if the worktree is renewed, another one where the setting has changed."""
    if tree.renewing and network_change(tree):
        give_up_network(tree)
    lease_network(tree)


def give_up_network(tree: Tree) -> int:
    """Stop a worktree's containers and take them out of its network, which goes if no other uses it.

    Returns:
        How many containers were running.
    """
    ran = stop_containers(tree)
    for one in tree.containers():
        if tree.record.network in one.networks:
            detach(tree.project, one, str(tree.record.network))
    remove_network(tree)
    tree.update(network=None, subnet=None)
    return ran


def recreate_elsewhere(
    tree: Tree, stack: Stack, names: Collection[str], call: compose_command.Invocation
) -> None:
    """Recreate containers that are not in the stack's network.

    Args:
        tree: The worktree.
        stack: Its stack.
        names: The services that are to be started.
        call: The compose call for it.
    """
    specs = tree.model.services
    elsewhere = {
        one.service
        for one in tree.containers()
        if one.service in names and not specs[one.service].network_mode and stack.network not in one.networks
    }
    if elsewhere:
        recreate(call, elsewhere, echo=tree.project.echo)


def recreate(
    call: compose_command.Invocation,
    services: Collection[str],
    *,
    echo: Callable[[str], None] | None = None,
) -> None:
    """Recreate the containers of services, with their existing volumes, in the networks of the stack.

    Compose would keep them: it compares services, but not the networks behind the names in them.
    """
    words = ("up", "--no-start", "--no-deps", "--no-build", "--force-recreate")
    compose_command.run(call, *words, services=sorted(services), echo=echo)
