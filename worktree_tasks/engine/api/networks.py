"""The engine's networks, and which containers are in them."""

from __future__ import annotations

import ipaddress
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...quick_dataclasses import dataclass, field
from ..api_errors import Gone
from .client import Client

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Network", "Networks"]


@dataclass(frozen=True, slots=True)
class Network:
    """One network: its id, name, labels, ranges and the ids of the containers in it."""

    id: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    subnets: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()
    containers: frozenset[str] = frozenset()


class Networks(Client):
    """Requests about networks."""

    def networks(self) -> tuple[Network, ...]:
        """Return all networks, without the containers in them, which only `network` reports."""
        return tuple(_network(one) for one in self.get("/networks"))

    def network(self, name: str) -> Network | None:
        """Return the network with a name and the containers in it; None if there is none."""
        return next(iter(self.namesakes(name)), None)

    def namesakes(self, name: str) -> tuple[Network, ...]:
        """Return all networks with a name and the containers in them, the one with the most first.

        Engines before 25 make two of a name if they are asked twice at the same time. See the description
        of `CheckDuplicate` in https://docs.docker.com/reference/api/engine/version/v1.43/.
        """
        found = []
        for one in self.networks():
            if one.name == name:
                with suppress(Gone):
                    found.append(_network(self.get("/networks/{}", one.id)))
        return tuple(sorted(found, key=lambda one: (-len(one.containers), one.id)))

    def create_network(self, name: str, subnet: str, labels: Mapping[str, str]) -> None:
        """Create a bridge network with its own range.

        Raises:
            NameTaken: There is a network of that name.
            SubnetOverlaps: The range overlaps another network's.
        """
        wanted = {
            "Name": name,
            "CheckDuplicate": True,
            "Driver": "bridge",
            "IPAM": {"Driver": "default", "Config": [{"Subnet": subnet}]},
            "Labels": dict(labels),
        }
        self.request("POST", "/networks/create", body=wanted)

    def remove_network(self, network: str) -> None:
        """Remove a network that no container is in."""
        self.request("DELETE", "/networks/{}", network)

    def connect(self, container: str, network: str, aliases: Sequence[str]) -> None:
        """Attach a container to a network under additional names.

        Raises:
            AlreadyAttached: Another command attaches it, or the network has a dead endpoint of its name.
        """
        wanted = {"Container": container, "EndpointConfig": {"Aliases": list(aliases)}}
        self.request("POST", "/networks/{}/connect", network, body=wanted)

    def disconnect(self, container: str, network: str) -> None:
        """Detach a container from a network, even one that is gone."""
        self.request("POST", "/networks/{}/disconnect", network, body={"Container": container, "Force": True})


def _network(one: Mapping[str, Any]) -> Network:
    pools = (one.get("IPAM") or {}).get("Config") or ()
    return Network(
        id=one["Id"],
        name=one["Name"],
        labels=one.get("Labels") or {},
        subnets=tuple(
            ipaddress.ip_network(pool["Subnet"], strict=False) for pool in pools if pool.get("Subnet")
        ),
        containers=frozenset(one.get("Containers") or {}),
    )
