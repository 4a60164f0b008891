"""The worktree's network: made, and main's shared services attached to it under their names."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from .. import probe
from ..configuration.names import network_name
from ..configuration.references import host_names
from ..configuration.stack import LABEL
from ..errors import Failure
from .lanes import each
from .main import shared_containers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ..configuration.containers import Container
    from ..engine import Network
    from ..store import Record
    from .site import Site

__all__ = [
    "detach_network",
    "ensure_network",
    "free_subnet",
    "lease_network",
    "neighbours",
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
    """Lease the network's name, which is in the override before the network is made."""
    if record.network:
        return record
    beside, others = neighbours(site)
    return site.store.lease(record, "network", lambda held: _name(site, record, beside, others | set(held)))


def planned_name(site: Site, record: Record) -> str:
    """Return the name that the network of a worktree would get."""
    beside, others = neighbours(site)
    return _name(site, record, beside, {*others, *map(str, site.store.held(record, "network"))})


def neighbours(site: Site) -> tuple[set[str], set[str]]:
    """Return the networks that main's shared services are in, and all that are not ours."""
    existing = {network.name: network for network in site.engine.networks()}
    others = {name for name, network in existing.items() if not _ours(network)}
    of_main = {
        str(spec.get("name") or key) for key, spec in (site.model.get("networks") or {}).items() if spec
    }
    joined = {name for one in shared_containers(site).values() for name in one.networks}
    return of_main | {name for name in joined if name in existing and not _ours(existing[name])}, others


def _ensure(site: Site, record: Record) -> tuple[Record, Network]:
    record = lease_network(site, record)
    found = site.engine.network(str(record.network))
    return (record, found) if found else _create(site, record, site.engine.networks())


def _name(site: Site, record: Record, beside: Collection[str], taken: Collection[str]) -> str:
    if site.settings.network == "project":
        return network_name(site.project.name, "all", beside=beside)
    return network_name(site.project.name, record.name, beside=beside, taken=taken)


def _ours(network: Network) -> bool:
    return f"{LABEL}.project" in network.labels


def _create(site: Site, record: Record, existing: Iterable[Network]) -> tuple[Record, Network]:
    """Create the network in a range of its own; another program may take the range at the same time."""
    flat = site.settings.network == "project"
    labels = {f"{LABEL}.project": site.project.name, f"{LABEL}.main": str(site.main)}
    if not flat:
        labels |= {f"{LABEL}.key": record.key, f"{LABEL}.worktree": record.name}
    avoided = {*probe.routes(), *(subnet for network in existing for subnet in network.subnets)}
    name = str(record.network)
    while True:
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
        except Failure as error:
            if "overlap" in error.what:
                avoided.add(ipaddress.IPv4Network(subnet))
                continue
            if "already exists" not in error.what:
                raise
        found = site.engine.network(name)
        if found is None:
            raise Failure(f"network {name} vanished while it was made", "run the same command again")
        return record, found


def free_subnet(
    pool: ipaddress.IPv4Network,
    prefix: int,
    avoided: Collection[ipaddress.IPv4Network | ipaddress.IPv6Network],
    held: Collection[str],
) -> str:
    """Return the first range of a pool that overlaps nothing.

    Raises:
        Failure: The pool is used up.
    """
    taken = [*avoided, *map(ipaddress.ip_network, held)]
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
    network = site.engine.network(record.network) if record.network else None
    if network is None or f"{LABEL}.key" not in network.labels:
        return
    for one in site.main_containers().values():
        if network.name in one.networks:
            site.engine.disconnect(one.id, network.name)


def remove_network(site: Site, record: Record) -> None:
    """Remove the worktree's network; one that worktrees share goes with the last of them."""
    network = site.engine.network(record.network) if record.network else None
    if network is None or network.labels.get(f"{LABEL}.project") != site.project.name:
        return
    mine = network.labels.get(f"{LABEL}.key") == record.key
    last = not any(other.network == network.name for other in site.records() if other.id != record.id)
    if not (mine or last):
        return
    for one in site.main_containers().values():
        if network.name in one.networks:
            site.engine.disconnect(one.id, network.name)
    site.engine.remove_network(network.id)
