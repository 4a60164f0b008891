"""The worktree's network: made, and main's shared services attached to it under their names."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from ....configuration.compose.references import host_names
from ....configuration.compose.stack import KEY, MAIN, PROJECT, WORKTREE
from ....configuration.naming import network_name
from ....engine.failures import NameTaken, SubnetOverlaps
from ....errors import Failure
from ....machine import probe
from ....parallel import each
from ...steps.belongings import own_containers
from .main_stack import shared_containers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ....configuration.compose.containers import Container
    from ....engine.sdk import Network
    from ....store import Record
    from ...steps.project import Site

__all__ = [
    "detach_network",
    "ensure_network",
    "free_subnet",
    "is_strangers",
    "lease_network",
    "networks_of_main",
    "planned_name",
    "remove_network",
    "shared_names",
]

_PREFIX = {"worktree": 26, "project": 24}


def ensure_network(site: Site, record: Record) -> Record:
    """Make sure that the worktree's network exists and main's shared services are in it.

    Returns:
        The record, with the network in it.

    Raises:
        Failure: No range is free for it.
    """
    with site.progress.step("network") as say:
        containers = shared_containers(site)
        record, network = _ensure(site, record)
        apart = [
            one for one in containers.values() if one.state == "running" and one.id not in network.containers
        ]
        each(lambda one: site.engine.connect(one.id, network.name, shared_names(site, one)), apart)
        say(f"{network.name} ({', '.join(containers) or 'no shared services'} attached)")
        return record


def lease_network(site: Site, record: Record) -> Record:
    """Lease the network's name, which is in the override before the network is made.

    A name that somebody else's network took meanwhile is given up for another one.

    Raises:
        Failure: Containers of the worktree are in that network.
    """
    existing = site.engine.networks()
    if record.network and not is_strangers(site, record, existing):
        return record
    if any(record.network in one.networks for one in own_containers(site.engine, record)):
        raise Failure(
            f"network {record.network}, which {record.name} uses, was made by somebody else",
            "wt.doctor --fix gives it one of its own",
        )
    beside, taken = neighbours(site, record, existing)
    return site.store.lease(record, "network", lambda held: _name(site, record, beside, taken, held))


def planned_name(site: Site, record: Record) -> str:
    """Return the name that the network of a worktree would get."""
    beside, taken = neighbours(site, record, site.engine.networks())
    return _name(site, record, beside, taken, map(str, site.store.held(record, "network")))


def is_strangers(site: Site, record: Record, existing: Iterable[Network]) -> bool:
    """Tell whether the network on record is there, and is somebody else's."""
    return any(one.name == record.network and not _is_own(site, record, one) for one in existing)


def neighbours(site: Site, record: Record, existing: Iterable[Network]) -> tuple[set[str], set[str]]:
    """Return the networks that main's shared services are in, and all that are not this worktree's."""
    taken = {network.name for network in existing if not _is_own(site, record, network)}
    return networks_of_main(site, existing), taken


def networks_of_main(site: Site, existing: Iterable[Network]) -> set[str]:
    """Return the networks that main's compose files name, and those that its shared services are in."""
    of_main = {
        str(spec.get("name") or key) for key, spec in (site.model.get("networks") or {}).items() if spec
    }
    others = {network.name for network in existing if PROJECT not in network.labels}
    joined = {name for one in shared_containers(site).values() for name in one.networks}
    return of_main | (joined & others)


def _ensure(site: Site, record: Record) -> tuple[Record, Network]:
    record = lease_network(site, record)
    found = site.engine.network(str(record.network))
    return (record, found) if found else _create(site, record)


def _name(
    site: Site, record: Record, beside: Collection[str], taken: Collection[str], held: Iterable[str]
) -> str:
    if site.settings.network == "project":
        return network_name(site.project.name, "all", beside=beside, taken=taken)
    return network_name(site.project.name, record.name, beside=beside, taken={*taken, *held})


def _is_own(site: Site, record: Record, network: Network) -> bool:
    """Tell whether a network is a worktree's: it bears its key, or is the one that the project's share."""
    labels = network.labels
    if labels.get(KEY) == record.key:
        return True
    if WORKTREE in labels or (labels.get(PROJECT), labels.get(MAIN)) != (site.project.name, str(site.main)):
        return False
    # It bears the key of the first that used it, which may be gone.
    records = site.records()
    return labels.get(KEY) in {None, *(one.key for one in records)} or network.name in {
        one.network for one in records
    }


def _create(site: Site, record: Record) -> tuple[Record, Network]:
    """Create the network in a range of its own; another program may take the range at the same time."""
    existing = site.engine.networks()
    labels = {PROJECT: site.project.name, MAIN: str(site.main), KEY: record.key}
    if site.settings.network == "worktree":
        labels[WORKTREE] = record.name
    avoided = {*probe.routes(), *(subnet for network in existing for subnet in network.subnets)}
    while True:
        name = str(record.network)
        subnet = record.subnet
        if subnet is None or _overlaps(ipaddress.IPv4Network(subnet), avoided):
            record = site.store.lease(
                record,
                "subnet",
                lambda held: free_subnet(
                    site.settings.subnets, _PREFIX[site.settings.network], avoided, held
                ),
            )
            subnet = str(record.subnet)
        try:
            site.engine.create_network(name, subnet, labels)
        except SubnetOverlaps:
            avoided.add(ipaddress.IPv4Network(subnet))
            continue
        except NameTaken:
            pass
        found = site.engine.network(name)
        if found is None:
            raise Failure(f"network {name} vanished while it was made", "run the same command again")
        if _is_own(site, record, found):
            return record, found
        # Somebody else was faster.
        record = lease_network(site, record)


def free_subnet(
    pool: ipaddress.IPv4Network,
    prefix: int,
    avoided: Collection[ipaddress.IPv4Network | ipaddress.IPv6Network],
    held: Collection[str],
) -> str:
    """Return the first range of a pool that overlaps nothing; the whole pool where that is smaller.

    Raises:
        Failure: The pool is used up.
    """
    taken = [*avoided, *map(ipaddress.ip_network, held)]
    prefix = max(prefix, pool.prefixlen)
    for subnet in pool.subnets(new_prefix=prefix):
        if not _overlaps(subnet, taken):
            return str(subnet)
    raise Failure(
        f"no free /{prefix} in {pool}", "set wt.subnets to a larger private range, or remove worktrees"
    )


def _overlaps(
    subnet: ipaddress.IPv4Network, others: Iterable[ipaddress.IPv4Network | ipaddress.IPv6Network]
) -> bool:
    return any(isinstance(other, ipaddress.IPv4Network) and subnet.overlaps(other) for other in others)


def shared_names(site: Site, container: Container) -> tuple[str, ...]:
    """Return every name under which main's own network knows a shared service."""
    spec = site.model["services"][container.service]
    networks = (entry or {} for entry in (spec.get("networks") or {}).values())
    aliases = [alias for entry in networks for alias in entry.get("aliases") or ()]
    links = [
        link.partition(":")[2]
        for other in site.model["services"].values()
        for link in other.get("links") or ()
        if link.partition(":")[0] == container.service
    ]
    given = (spec.get("container_name"), spec.get("hostname"))
    hosts = host_names(site.model["services"]).get(container.service, {})
    return tuple(
        dict.fromkeys(name for name in (container.service, *given, *aliases, *links, *hosts) if name)
    )


def detach_network(site: Site, record: Record) -> None:
    """Take main's shared services off the worktree's network, so that main never depends on it."""
    network = _own_network(site, record)
    if network is None or _is_shared(site, record):
        return
    for one in site.main_containers().values():
        if network.name in one.networks:
            site.engine.disconnect(one.id, network.name)


def remove_network(site: Site, record: Record) -> None:
    """Remove the worktree's network; one that worktrees share goes with the last of them."""
    network = _own_network(site, record)
    if network is None or _is_shared(site, record):
        return
    for one in site.main_containers().values():
        if network.name in one.networks:
            site.engine.disconnect(one.id, network.name)
    site.engine.remove_network(network.id)


def _own_network(site: Site, record: Record) -> Network | None:
    """Return the network on record, when it is there and nobody else's."""
    network = site.engine.network(record.network) if record.network else None
    return network if network and _is_own(site, record, network) else None


def _is_shared(site: Site, record: Record) -> bool:
    """Tell whether other worktrees use the network too."""
    return any(one.network == record.network for one in site.records() if one.key != record.key)
