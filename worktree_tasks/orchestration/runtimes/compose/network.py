"""The worktree's network: create it, and attach main's shared services by their names."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from ....configuration.compose.labels import KEY, MAIN, PROJECT, WORKTREE
from ....configuration.compose.service_roles import own
from ....configuration.naming import network_name
from ....configuration.subnets import free_subnet, overlaps
from ....engine.api_errors import NameTaken, SubnetOverlaps
from ....errors import Failure
from ....machine.routes import routes
from ....parallel import each
from .main_stack import shared_containers, shared_names, wanted_shared

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ....engine.api import Network
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree

__all__ = [
    "detach_network",
    "ensure_network",
    "is_strangers",
    "lease_network",
    "make_network",
    "networks_of_main",
    "planned_name",
    "remove_network",
]

_PREFIX = {"worktree": 26, "project": 24}


def ensure_network(tree: Tree) -> None:
    """Make sure that the worktree's network exists and main's shared services are in it.

    Raises:
        Failure: No free subnet is left for it.
    """
    with tree.project.progress.step("network") as say:
        containers = shared_containers(tree.project, wanted_shared(tree.services))
        network = make_network(tree)
        _detach_own(tree, network)
        apart = [
            one for one in containers.values() if one.state == "running" and one.id not in network.containers
        ]
        if apart:
            tree.project.progress.doing(f"attaching {', '.join(one.service for one in apart)}")
        each(
            lambda one: tree.project.engine.connect(one.id, network.name, shared_names(tree.project, one)),
            apart,
        )
        say(f"{network.name} ({', '.join(containers) or 'no shared services'} attached)")


def _detach_own(tree: Tree, network: Network) -> None:
    """Detach services of main that the worktree now has itself, so that each name means one service."""
    if _is_shared(tree):
        return
    of_main = tree.project.main_containers()
    for service in own(tree.services):
        if (container := of_main.get(service.name)) and container.id in network.containers:
            tree.project.engine.disconnect(container.id, network.name)


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
    beside, taken = neighbours(tree, existing)
    tree.lease("network", lambda held: _name(tree, beside, taken, held))


def planned_name(tree: Tree) -> str:
    """Return the name that the network of a worktree would get."""
    beside, taken = neighbours(tree, tree.project.engine.networks())
    return _name(tree, beside, taken, map(str, tree.project.store.held(tree.record, "network")))


def is_strangers(tree: Tree, existing: Iterable[Network]) -> bool:
    """Return whether the recorded network exists and is not ours."""
    return any(one.name == tree.record.network and not _is_own(tree, one) for one in existing)


def neighbours(tree: Tree, existing: Iterable[Network]) -> tuple[set[str], set[str]]:
    """Return the networks that main's shared services are in, and the names of all that are not ours."""
    taken = {network.name for network in existing if not _is_own(tree, network)}
    return networks_of_main(tree.project, existing), taken


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


def make_network(tree: Tree) -> Network:
    """Create the worktree's network if it does not exist yet.

    Raises:
        Failure: No free subnet is left for it.
    """
    lease_network(tree)
    network = tree.project.engine.network(str(tree.record.network)) or _create(tree)
    _lease_range_of(tree, network)
    return network


def _name(tree: Tree, beside: Collection[str], taken: Collection[str], held: Iterable[str]) -> str:
    if tree.project.settings.network == "project":
        return network_name(tree.project.name, "all", beside=beside, taken=taken)
    return network_name(tree.project.name, tree.record.name, beside=beside, taken={*taken, *held})


def _is_own(tree: Tree, network: Network) -> bool:
    """Return whether a network is the worktree's: it has its key, or is shared by the project's worktrees."""
    labels = network.labels
    if labels.get(KEY) == tree.record.key:
        return True
    if WORKTREE in labels or (labels.get(PROJECT), labels.get(MAIN)) != (
        tree.project.name,
        str(tree.project.main),
    ):
        return False
    # It has the key of the first worktree that used it, which may have been removed.
    records = tree.project.records()
    return labels.get(KEY) in {None, *(one.key for one in records)} or network.name in {
        one.network for one in records
    }


def _lease_range_of(tree: Tree, network: Network) -> None:
    """Lease the range that the network has, if another one is leased.

    The engine may still have been creating the network for a command that was killed: its range was taken
    then, but not yet its name.
    """
    ranges = [str(one) for one in network.subnets]
    if tree.record.subnet is not None and tree.record.subnet not in ranges:
        tree.lease("subnet", lambda held: next((one for one in ranges if one not in held), None))


def _create(tree: Tree) -> Network:
    """Create the network in a subnet of its own; another program may take the subnet at the same time."""
    existing = tree.project.engine.networks()
    labels = {PROJECT: tree.project.name, MAIN: str(tree.project.main), KEY: tree.record.key}
    if tree.project.settings.network == "worktree":
        labels[WORKTREE] = tree.record.name
    avoided = {*routes(), *(subnet for network in existing for subnet in network.subnets)}
    while True:
        name = str(tree.record.network)
        subnet = tree.record.subnet
        if subnet is None or overlaps(ipaddress.IPv4Network(subnet), avoided):
            tree.lease(
                "subnet",
                lambda held: free_subnet(
                    tree.project.settings.subnets, _PREFIX[tree.project.settings.network], avoided, held
                ),
            )
            subnet = str(tree.record.subnet)
        try:
            tree.project.engine.create_network(name, subnet, labels)
        except SubnetOverlaps:
            avoided.add(ipaddress.IPv4Network(subnet))
            continue
        except NameTaken:
            pass
        found = tree.project.engine.network(name)
        if found is None:
            raise Failure(
                f"network {name} vanished while it was being created",
                "run the same command again",
                kind="network-vanished",
            )
        if _is_own(tree, found):
            return found
        # Another program created it first.
        lease_network(tree)


def detach_network(tree: Tree) -> Network | None:
    """Detach main's shared services from the worktree's network, so that main never depends on it.

    Returns:
        The network, without containers of main; None if there is none that only this worktree uses.
    """
    network = _own_network(tree)
    if network is None or _is_shared(tree):
        return None
    joined = [one for one in tree.project.main_containers().values() if network.name in one.networks]
    each(lambda one: tree.project.engine.disconnect(one.id, network.name), joined)
    return network


def remove_network(tree: Tree) -> None:
    """Remove the worktree's network; one that worktrees share is removed with the last of them."""
    if (network := detach_network(tree)) is not None:
        tree.project.engine.remove_network(network.id)


def _own_network(tree: Tree) -> Network | None:
    """Return the recorded network, if it exists and is ours."""
    network = tree.project.engine.network(tree.record.network) if tree.record.network else None
    return network if network and _is_own(tree, network) else None


def _is_shared(tree: Tree) -> bool:
    """Return whether other worktrees use the network too."""
    return any(
        one.network == tree.record.network for one in tree.project.records() if one.key != tree.record.key
    )
