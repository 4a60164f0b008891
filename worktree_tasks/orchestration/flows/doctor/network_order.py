"""Check: each worktree's network is its own, and sorts after main's, which main has to ask first."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ....engine import compose
from ...runtimes.compose.containers import stop_containers
from ...runtimes.compose.network import (
    detach_network,
    ensure_network,
    is_strangers,
    lease_network,
    networks_of_main,
    remove_network,
)
from ...runtimes.compose.override import write_compose
from ...steps.belongings import own_containers
from ...steps.holding import holding
from ..start import start
from .check import Look, found, usable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ....engine.sdk import Network
    from ....store import Record
    from ...steps.project import Site

__all__ = ["look"]


def look(site: Site) -> Look:
    """Look for networks that somebody else made, or that sort before one of main's shared services."""
    existing = site.engine.networks()
    last = max(networks_of_main(site, existing), default="")
    troubles = tuple(
        found("order", record.name, what, mend=partial(_rename, site, record))
        for record in usable(site)
        if (what := _wrong(site, record, existing, last))
    )
    return Look(f"worktrees' networks after main's {last}", troubles)


def _wrong(site: Site, record: Record, existing: Iterable[Network], last: str) -> str | None:
    """Return what is wrong with a worktree's network, in words."""
    if is_strangers(site, record, existing):
        return f"network {record.network}, which {record.name} is to use, was made by somebody else"
    if record.network and record.network <= last:
        return (
            f"network {record.network} sorts before main's {last}: main's services would ask it first, and"
            " have their default route there"
        )
    return None


def _rename(site: Site, record: Record) -> None:
    """Give a worktree a network with a later name, and its containers anew in it."""
    with holding(site, record) as now:
        record = now
        ran = stop_containers(site, record)
        own = own_containers(site.engine, record)
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
            words = ("up", "--no-start", "--no-deps", "--no-build", "--force-recreate")
            compose.run(call, *words, services=services)
        if not ran:
            detach_network(site, record)
    if ran:
        start(site, record.name)
