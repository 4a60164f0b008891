"""The worktree's network: create it, and attach main's shared services by their names."""

from __future__ import annotations

import ipaddress
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from ....configuration.compose.labels import KEY, MAIN, PROJECT, WORKTREE
from ....configuration.compose.service_roles import own
from ....configuration.subnets import free_subnet, overlaps
from ....engine.api_errors import AlreadyAttached, EndpointsLeft, Gone, NameTaken, SubnetOverlaps
from ....errors import Failure
from ....machine.routes import routes
from ....parallel import each
from ....waiting import wait_while
from ...steps.network_choice import is_projects_network, is_shared_network
from .main_stack import shared_containers, shared_names, wanted_shared
from .network_links import detach
from .network_name import is_own, lease_network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....configuration.compose.containers import Container
    from ....engine.api import Network
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree

__all__ = ["detach_network", "ensure_network", "make_network", "remove_network"]

_PREFIX = 26
_PROJECTS_PREFIX = 24
# The engine ends the creation of a network, or of an endpoint in one, that it has begun within this time.
_CREATION_SECONDS = 5.0


def ensure_network(tree: Tree) -> None:
    """Make sure that the worktree's network exists and main's shared services are in it.

    Raises:
        Failure: No free subnet is left for it.
    """
    with tree.project.progress.step("network") as say:
        containers = shared_containers(tree.project, wanted_shared(tree.services))
        lease_network(tree)
        with _network_alone(tree) as found:
            network = _usable_network(tree, found)
            _detach_own(tree, network)
            running = [one for one in containers.values() if one.state == "running"]
            if apart := [one for one in running if one.id not in network.containers]:
                tree.project.progress.doing(f"attaching {', '.join(one.service for one in apart)}")
            each(lambda one: _attach(tree, one, network), apart)
        say(f"{network.name} ({', '.join(containers) or 'no shared services'} attached)")


def _attach(tree: Tree, container: Container, network: Network) -> None:
    """Attach a service of main to a network; the engine may be doing the same for a killed command."""
    engine = tree.project.engine
    try:
        engine.connect(container.id, network.id, shared_names(tree.project, container))
    except AlreadyAttached:

        def missing() -> bool:
            return not any(container.id in one.containers for one in engine.namesakes(network.name))

        if wait_while(missing, _CREATION_SECONDS):
            raise
    except Gone as error:
        raise Failure(
            f"main's {container.service} cannot join {network.name}: one of the two was removed meanwhile",
            "run the same command again",
            kind="network-vanished",
        ) from error


def _detach_own(tree: Tree, network: Network) -> None:
    """Detach services of main that the worktree now has itself, so that each name means one service."""
    if is_shared_network(tree):
        return
    of_main = tree.project.main_containers()
    for service in own(tree.services):
        if (container := of_main.get(service.name)) and container.id in network.containers:
            detach(tree.project, container, network.name)


def make_network(tree: Tree) -> Network:
    """Create the worktree's network if it does not exist yet.

    Raises:
        Failure: No free subnet is left for it.
    """
    lease_network(tree)
    with _network_alone(tree) as found:
        return _usable_network(tree, found)


@contextmanager
def _network_alone(tree: Tree) -> Iterator[Network | None]:
    """Yield the worktree's network, if it exists, while no other one makes, joins, leaves or removes it."""
    together = is_projects_network(tree)
    with tree.project.locks.making("the project's network") if together else nullcontext():
        yield _own_network(tree)


def _usable_network(tree: Tree, found: Network | None) -> Network:
    network = found or _create(tree)
    _lease_range_of(tree, network)
    return network


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
    prefix = _PROJECTS_PREFIX if is_projects_network(tree) else _PREFIX
    if prefix == _PREFIX:
        labels[WORKTREE] = tree.record.name
    avoided = {*routes(), *(subnet for network in existing for subnet in network.subnets)}
    leased_before = tree.record.subnet
    while True:
        name = str(tree.record.network)
        subnet = tree.record.subnet
        if subnet is None or overlaps(ipaddress.IPv4Network(subnet), avoided):
            tree.lease(
                "subnet",
                lambda held: free_subnet(tree.project.settings.subnets, prefix, avoided, held),
            )
            subnet = str(tree.record.subnet)
        try:
            tree.project.engine.create_network(name, subnet, labels)
        except SubnetOverlaps:
            if subnet != leased_before or not _arrives(tree, subnet):
                avoided.add(ipaddress.IPv4Network(subnet))
                continue
        except NameTaken:
            pass
        if found := _own_network(tree):
            return found
        if tree.project.engine.network(name) is None:
            raise Failure(
                f"network {name} vanished while it was being created",
                "run the same command again",
                kind="network-vanished",
            )
        # Another program created it first.
        lease_network(tree)


def _arrives(tree: Tree, subnet: str) -> bool:
    """Wait until a range belongs to a network, and return whether that is the worktree's.

    The engine may still be creating it for a command that was killed: the range is taken then, but neither is
    listed. With another range the engine would create a second network of that name.
    """

    def missing() -> bool:
        existing = tree.project.engine.networks()
        return not any(ipaddress.IPv4Network(subnet) in one.subnets for one in existing)

    wait_while(missing, _CREATION_SECONDS)
    return tree.project.engine.network(str(tree.record.network)) is not None


def detach_network(tree: Tree) -> tuple[str, ...]:
    """Detach main's shared services from the worktree's network, so that main never depends on it.

    Returns:
        The services that were detached; none from a network that other worktrees use too.
    """
    with _network_alone(tree) as network:
        return _detach_main(tree, network) if network and not is_shared_network(tree) else ()


def _detach_main(tree: Tree, network: Network) -> tuple[str, ...]:
    of_main = tree.project.main_containers().items()
    joined = {service: one for service, one in of_main if network.name in one.networks}
    each(lambda one: detach(tree.project, one, network.name), joined.values())
    return tuple(sorted(joined))


def remove_network(tree: Tree) -> str:
    """Remove the worktree's network, or leave it to others that use it; return in words what was done."""
    with _network_alone(tree) as network:
        if network is None:
            return "nothing to remove"
        if is_shared_network(tree):
            # Of two that are removed at once, the second finds that it is the last.
            tree.update(network=None)
            return f"{network.name} stays for other worktrees"
        _detach_main(tree, network)
        _delete(tree.project, network)
        return f"{network.name} removed"


def _delete(project: Project, network: Network) -> None:
    """Delete a network that all containers have left.

    Raises:
        EndpointsLeft: A container that is not ours is in it.
        Failure: The engine still counts a container that has left it. No request corrects that.
    """
    try:
        with suppress(Gone):
            project.engine.remove_network(network.id)
    except EndpointsLeft as error:
        now = project.engine.network(network.name)
        if now and now.containers:
            raise
        raise Failure(
            f"until Docker is restarted, it counts a container in {network.name} that has left that network",
            kind="engine-refused",
        ) from error


def _own_network(tree: Tree) -> Network | None:
    """Return the recorded network, if it exists and is ours; of two with its name, only one is kept.

    The engine may have created the second for a command that was killed, and Compose refuses both then.
    """
    name = tree.record.network
    found = [one for one in tree.project.engine.namesakes(name) if is_own(tree, one)] if name else []
    for one in found[1:]:
        _delete(tree.project, one)
    return found[0] if found else None
