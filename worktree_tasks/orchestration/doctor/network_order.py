"""Check: each worktree's network sorts after main's, so that main asks its own networks first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ... import compose
from ..containers import own_containers, stop_containers
from ..holding import holding
from ..network import detach_network, ensure_network, lease_network, neighbours, remove_network
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
    """Give a worktree a network with a later name, and its containers anew in it."""
    with holding(site, record) as now:
        record = now
        ran = stop_containers(site, record)
        own = own_containers(site, record)
        for one in own:
            if record.network in one.networks:
                site.engine.disconnect(one.id, str(record.network))
        remove_network(site, record)
        record = ensure_network(site, lease_network(site, site.store.update(record, network=None)))
        write_compose(site, record)
        if own:
            call = site.invocation(
                record.path, project=record.compose_project, override=True, profiles=("*",)
            )
            services = sorted({one.service for one in own})
            # Compose compares services, not where their networks lead; it hands on what volumes there are.
            compose.run(call, "up", "--no-start", "--no-deps", "--no-build", "--force-recreate", *services)
        if not ran:
            detach_network(site, record)
    if ran:
        start(site, record.name)
