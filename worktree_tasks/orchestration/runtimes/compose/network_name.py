"""The name of the worktree's network, which no network of others has and which sorts after main's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....configuration.compose.labels import KEY, MAIN, PROJECT, WORKTREE
from ....configuration.naming import PROJECTS_NETWORK, network_name
from ....errors import Failure
from .main_stack import shared_containers, wanted_shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ....engine.api import Network
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree

__all__ = ["is_own", "is_strangers", "lease_network", "networks_of_main", "planned_name"]


def lease_network(tree: Tree) -> None:
    """Lease the network's name, which the override needs before the network exists.

    If a network that is not ours has taken the name meanwhile, another name is leased.

    Raises:
        Failure: Containers of the worktree are in that network.
    """
    existing = tree.project.engine.networks()
    if tree.record.network and not is_strangers(tree, existing):
        return
    if any(tree.record.network in one.networks for one in tree.containers()):
        raise Failure(
            f"network {tree.record.network}, which {tree.record.name} uses, was not created by us",
            "wt.doctor --fix gives the worktree its own network",
            kind="network-taken",
        )
    tree.lease("network", _naming(tree, existing))


def planned_name(tree: Tree) -> str:
    """Return the name that the network of a worktree would get."""
    held = map(str, tree.project.store.held(tree.record, "network"))
    return _naming(tree, tree.project.engine.networks())(held)


def is_strangers(tree: Tree, existing: Iterable[Network]) -> bool:
    """Return whether the recorded network exists and is not ours."""
    return any(one.name == tree.record.network and not is_own(tree, one) for one in existing)


def networks_of_main(project: Project, existing: Iterable[Network]) -> set[str]:
    """Return the networks that main's compose files name, and those that its shared services are in."""
    of_main = {network.name for network in project.model.networks.values()}
    others = {network.name for network in existing if PROJECT not in network.labels}
    joined = {
        name
        for one in shared_containers(project, wanted_shared(project.services)).values()
        for name in one.networks
    }
    return of_main | (joined & others)


def is_own(tree: Tree, network: Network) -> bool:
    """Return whether a network is the worktree's: it has its key, or is shared by the project's worktrees."""
    labels = network.labels
    if labels.get(KEY) == tree.record.key:
        return True
    project = tree.project.name, str(tree.project.main)
    if WORKTREE in labels or (labels.get(PROJECT), labels.get(MAIN)) != project:
        return False
    # It has the key of the first worktree that used it, which may have been removed.
    records = tree.project.records()
    return labels.get(KEY) in {None, *(one.key for one in records)} or network.name in {
        one.network for one in records
    }


def _naming(tree: Tree, existing: Iterable[Network]) -> Callable[[Iterable[str]], str]:
    """Return a function that finds a name, if it is given those that other worktrees hold."""
    beside = networks_of_main(tree.project, existing)
    taken = {network.name for network in existing if not is_own(tree, network)}
    if tree.project.settings.network == "project":
        return lambda _: network_name(tree.project.name, PROJECTS_NETWORK, beside=beside, taken=taken)
    return lambda held: network_name(
        tree.project.name, tree.record.name, beside=beside, taken={*taken, *held}
    )
