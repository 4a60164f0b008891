"""The ports that a compose model's services publish in main."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import BadUse
from ..ports import Port

if TYPE_CHECKING:
    from collections.abc import Collection

    from .model import Model, PortSpec

__all__ = ["published_ports"]


def published_ports(model: Model, services: Collection[str]) -> tuple[Port, ...]:
    """Read the published ports of some services from a compose model.

    Args:
        model: The compose model.
        services: The services to look at.

    Raises:
        BadUse: A published port is neither a number nor a range.
    """
    there = [name for name in services if name in model.services]
    return tuple(dict.fromkeys(_port(name, entry) for name in there for entry in model.services[name].ports))


def _port(service: str, entry: PortSpec) -> Port:
    first, last = _range(service, entry.published)
    return Port(service, entry.target, entry.protocol, main=first, base=last, host_ip=entry.host_ip)


def _range(service: str, published: str) -> tuple[int | None, int | None]:
    if published in ("", "0"):
        return None, None
    first, _, last = published.partition("-")
    try:
        return int(first), int(last or first)
    except ValueError as error:
        raise BadUse(
            f"service {service}: {published!r} is not a published port",
            "write a number, or a range such as 8000-8010",
            kind="compose-unreadable",
        ) from error
