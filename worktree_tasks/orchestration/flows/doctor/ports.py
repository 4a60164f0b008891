"""Check: the ports of stacks that are down wait for them, and no stranger has them."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from ....machine import probe
from ...steps.belongings import own_containers
from .check import Look, found, usable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....configuration.ports import Port
    from ....store import Record
    from ...steps.project import Site
    from .check import Trouble

__all__ = ["look"]


def look(site: Site) -> Look:
    """Look for ports of stopped services that somebody else has bound."""
    leased = site.store.ports()
    troubles = tuple(
        trouble for record in usable(site) for trouble in _of(site, record, leased.get(record.key, ()))
    )
    count = sum(
        port.published is not None for record in site.records() for port in leased.get(record.key, ())
    )
    return Look(f"{count} leased, none taken by others", troubles)


def _of(site: Site, record: Record, ports: tuple[Port, ...]) -> Iterator[Trouble]:
    own = own_containers(site.engine, record)
    running = {one.service for one in own if one.state not in ("exited", "created")}
    for port in ports:
        address = port.host_ip or site.settings.bind
        if port.published is None or port.service in running:
            continue
        if not probe.bound(port.published, port.protocol, address):
            continue
        holders = site.engine.port_holders(except_project=record.compose_project)
        holder = holders.get((port.published, port.protocol), "another program's")
        yield found(
            "port",
            record.name,
            f"port {port.published}, which {port.service} of {record.name} has, is {holder}",
            fix=_show(port, holder),
        )


def _show(port: Port, holder: str) -> str:
    """Return the command that stops a container, or that shows which program has a port."""
    container = holder.removeprefix("container ").removesuffix("'s")
    if container != holder.removesuffix("'s"):
        return f"docker stop {shlex.quote(container)}"
    if sys.platform == "darwin":
        return f"lsof -nP -i{port.protocol.upper()}:{port.published}"
    return f"ss -{'lunp' if port.protocol == 'udp' else 'ltnp'} 'sport = :{port.published}'"
