"""The worktree's slot and ports, leased until it is removed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ...configuration import ports as numbers
from ...configuration.compose.decisions import Change
from ...configuration.compose.ports import published_ports
from ...configuration.compose.services import own
from ...errors import BadUse
from ...machine import probe
from .port_variables import following
from .unrecorded import ports_elsewhere

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ...configuration.compose.model import Model
    from ...configuration.compose.services import Service
    from ...configuration.ports import Port
    from ...store import Record
    from .project import Project
    from .tree import Tree

__all__ = [
    "allocate_port",
    "choose_ports",
    "choose_slot",
    "foreign_holders",
    "leased_by_others",
    "own_ports",
    "port_changes",
    "port_list",
    "ports_of_branch",
    "refuse_another_slot",
]


def allocate_port(tree: Tree, *, wanted: int | None = None) -> None:
    """Lease the smallest slot whose ports are all free; a worktree that has one keeps it.

    Args:
        tree: The worktree.
        wanted: The only slot to consider.

    Raises:
        BadUse: `wanted` is not free, or the worktree has another.
        Failure: No slot is.
    """
    refuse_another_slot(tree.record, wanted)
    with tree.project.progress.step("ports") as say:
        if tree.record.slot is None:
            strangers = foreign_holders(tree.project, tree.record)
            ports = own_ports(tree.project, tree.services)

            def choose(used: Collection[int], held: dict[tuple[int, str], str]) -> tuple[int, Iterable[Port]]:
                return choose_ports(tree, ports, used=used, holders={**strangers, **held}, wanted=wanted)

            tree.lease_slot(choose)
        elif tree.renewing:
            _renew_ports(tree)
        else:
            _follow_main(tree)
        say(port_list(tree.ports) or "none published")


def refuse_another_slot(record: Record, wanted: int | None) -> None:
    """Make sure that a worktree that has its slot was not asked to have another.

    Raises:
        BadUse: It was.
    """
    if record.slot is not None and wanted not in (None, record.slot):
        raise BadUse(
            f"slot {wanted} was asked for, and {record.name} has slot {record.slot}",
            f"leave --slot out; or wt.remove {record.name}, and wt.new it with --slot {wanted}",
            kind="slot-kept",
        )


def _renew_ports(tree: Tree) -> None:
    """Lease anew the ports whose number would be another today; all others are kept."""
    strangers = foreign_holders(tree.project, tree.record)
    tree.former_ports = tree.ports

    def choose(_: Collection[int], held: dict[tuple[int, str], str]) -> tuple[int, Iterable[Port]]:
        slot = int(tree.record.slot or 0)
        return slot, _renewed(tree, slot, {**strangers, **held})

    tree.lease_slot(choose)


def _renewed(tree: Tree, slot: int, holders: dict[tuple[int, str], str]) -> tuple[Port, ...]:
    """Return the ports that a worktree with a slot would have today; a number is kept while its base is."""
    of_main = published_ports(tree.project.model, tree.project.model.services)
    # What only the branch publishes.
    kept = [leased for leased, port in numbers.matched(tree.ports, of_main) if port is None]
    fresh: list[Port] = []
    for port, leased in numbers.matched(own_ports(tree.project, tree.services), tree.ports):
        if leased and leased.base == port.base:
            kept.append(replace(port, published=leased.published))
        else:
            fresh.append(port)
    bind = tree.project.settings.bind
    mine = {(port.published, port.protocol): "this worktree's" for port in kept if port.published}
    taken = {**holders, **mine}
    try:
        _, assigned = choose_slot(fresh, bind, used=(), holders=taken, wanted=slot)
    except BadUse:
        _, assigned = choose_slot(fresh, bind, used=(), holders=taken, wanted=None)
    return following(tree, (*kept, *assigned))


def _follow_main(tree: Tree) -> None:
    """Record the numbers that main has for the leased ports now, by which values that name main are found."""
    leased = tree.ports
    pairs = numbers.matched(leased, own_ports(tree.project, tree.services))
    followed = [replace(port, main=now.main) if now else port for port, now in pairs]
    if followed != list(leased):
        tree.lease_slot(lambda *_: (int(tree.record.slot or 0), followed))


def port_changes(tree: Tree) -> tuple[Change, ...]:
    """Return the leased ports that would have another number today."""
    pairs = numbers.matched(own_ports(tree.project, tree.services), tree.ports)
    moved = [(port, leased) for port, leased in pairs if leased and leased.base != port.base]
    if not moved:
        return ()
    holders = {**foreign_holders(tree.project, tree.record), **leased_by_others(tree)}
    renewed = _renewed(tree, int(tree.record.slot or 0), holders)
    return tuple(
        Change(
            f"the port of {port.service}",
            _number(leased),
            _number(here),
            f"main's is {port.main or 'any'}",
        )
        for (port, leased), (_, here) in zip(
            moved, numbers.matched([port for port, _ in moved], renewed), strict=True
        )
        if here
    )


def _number(port: Port) -> str:
    return "any" if port.published is None else str(port.published)


def own_ports(project: Project, services: Iterable[Service]) -> tuple[Port, ...]:
    """Return the ports that the own ones of main's services publish, with their bases."""
    names = [service.name for service in own(services)]
    return numbers.with_bases(published_ports(project.model, names))


def foreign_holders(project: Project, record: Record | None) -> dict[tuple[int, str], str]:
    """Return who holds a port without a lease: main, running or not, any container, a lost worktree."""
    of_main = published_ports(project.model, project.model.services)
    holders = {
        (port.main, port.protocol): f"main's {port.service}" for port in of_main if port.main is not None
    }
    return {**ports_elsewhere(project), **project.runtime.port_holders(project, record), **holders}


def leased_by_others(tree: Tree) -> dict[tuple[int, str], str]:
    """Return the ports that other worktrees of this machine have leased."""
    return {
        (port.published, port.protocol): "leased"
        for key, leased in tree.project.store.ports().items()
        if key != tree.record.key
        for port in leased
        if port.published is not None
    }


def choose_ports(
    tree: Tree,
    ports: Iterable[Port],
    *,
    used: Collection[int],
    holders: dict[tuple[int, str], str],
    wanted: int | None,
) -> tuple[int, tuple[Port, ...]]:
    """Return the smallest free slot and a worktree's ports in it, as its containers have them."""
    slot, assigned = choose_slot(ports, tree.project.settings.bind, used=used, holders=holders, wanted=wanted)
    return slot, following(tree, assigned)


def ports_of_branch(
    tree: Tree,
    model: Model,
    services: Iterable[Service],
    leased: Iterable[Port],
    holders: Mapping[tuple[int, str], str],
) -> tuple[Port, ...]:
    """Return the ports of the branch's own services: those leased for main's places, others of their own.

    Args:
        tree: The worktree.
        model: What its branch describes.
        services: The branch's services.
        leased: The ports that were leased by main's services.
        holders: Who holds other ports.
    """
    names = [service.name for service in own(services)]
    pairs = numbers.matched(published_ports(model, names), leased)
    # The place is leased, and the number on the host: what listens behind it is the branch's to say.
    kept = [replace(one, target=port.target) for port, one in pairs if one]
    fresh = numbers.with_bases([port for port, one in pairs if one is None])
    mine = {(port.published, port.protocol): "this worktree's" for port in kept if port.published}
    # The offset need not be the slot here: main does not publish these ports.
    bind = tree.project.settings.bind
    _, assigned = choose_slot(fresh, bind, used=(), holders={**holders, **mine}, wanted=None)
    return (*kept, *assigned)


def choose_slot(
    ports: Iterable[Port],
    bind: str,
    *,
    used: Collection[int],
    holders: dict[tuple[int, str], str],
    wanted: int | None,
) -> tuple[int, tuple[Port, ...]]:
    """Return the smallest free slot and its ports, those that programs of this machine have left out."""
    ports = tuple(ports)
    holders = dict(holders)
    while True:
        slot = numbers.find_slot(ports, used_slots=used, holders=holders, wanted=wanted)
        assigned = numbers.assign(ports, slot)
        bound = {
            (port.published, port.protocol): "bound by another program"
            for port in assigned
            if port.published is not None and probe.bound(port.published, port.protocol, port.host_ip or bind)
        }
        if not bound:
            return slot, assigned
        holders.update(bound)


def port_list(ports: Iterable[Port]) -> str:
    """Return ports in words, such as `web 8001, vite 5174`."""
    return ", ".join(f"{port.service} {port.published}" for port in ports if port.published is not None)
