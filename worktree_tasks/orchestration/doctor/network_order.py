"""Check: each worktree's network sorts after main's, so that main asks its own networks first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ..containers import own_containers, stop_containers
from ..network import lease_network, neighbours, remove_network
from ..override import write_compose
from ..start import start
from .check import Look, found, usable

if TYPE_CHECKING:
    from ...store import Record
    from ..site import Site

__all__ = ["look"]


def look(site: Site) -> Look:
    """Look for networks whose names sort before one that main's shared services are in."""
    beside, _ = neighbours(site)
    last = max(beside, default="")
    troubles = tuple(
        found(
            "order",
            record.name,
            f"network {record.network} sorts before main's {last}: main's services would ask it first, and"
            " have their default route there",
            mend=partial(_rename, site, record),
        )
        for record in usable(site)
        if record.network and record.network <= last
    )
    return Look(f"worktrees' networks after main's {last}", troubles)


def _rename(site: Site, record: Record) -> None:
    """Give a worktree a network with a later name; its containers move there when they start."""
    with site.alone(record.branch):
        record = site.store.record(record.key)
        ran = stop_containers(site, record)
        for one in own_containers(site, record):
            if record.network in one.networks:
                site.engine.disconnect(one.id, str(record.network))
        remove_network(site, record)
        record = lease_network(site, site.store.update(record, network=None))
        write_compose(site, record)
    if ran:
        start(site, record.name)
