"""The worktree's slot and ports, leased until it is removed."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ... import git
from ...configuration import ports as numbers
from ...configuration.compose.model_ports import published_ports
from ...configuration.compose.role_changes import RoleChange
from ...configuration.compose.service_roles import own
from ...errors import BadUse
from ...quick_dataclasses import replace
from .free_ports import choose_ports, choose_slot, foreign_holders, leased_by_others, ports_seen
from .machine_access import is_described_otherwise, look
from .port_variables import following

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ...configuration.compose.service_roles import Service
    from ...configuration.ports import Port
    from ...store import Record
    from .machine_access import AccessLook
    from .project import Project
    from .worktree_handle import Tree

__all__ = ["allocate_port", "own_ports", "port_changes", "port_list", "refuse_another_slot"]


def allocate_port(tree: Tree, *, wanted: int | None = None) -> None:
    """Lease the smallest slot whose ports are all free; a worktree that has a slot keeps it.

    Args:
        tree: The worktree.
        wanted: The only slot to consider.

    Raises:
        BadUse: `wanted` is not free, or the worktree has another slot.
        Failure: No slot is free.
    """
    refuse_another_slot(tree.record, wanted)
    with tree.project.progress.step("ports") as say:
        if tree.record.slot is None:
            strangers = foreign_holders(tree.project, tree.record)
            ports = own_ports(tree.project, tree.services)
            seen = _branch_look(tree)

            def choose(used: Collection[int], held: dict[tuple[int, str], str]) -> tuple[int, Iterable[Port]]:
                holders = {**strangers, **held}
                slot, chosen = choose_ports(tree, ports, used=used, holders=holders, wanted=wanted)
                return slot, ports_seen(tree, seen, chosen, holders) if seen else chosen

            tree.lease_slot(choose)
        elif tree.renewing:
            _renew_ports(tree)
        else:
            _follow_main(tree)
        say(port_list(tree.ports) or "none published")


def refuse_another_slot(record: Record, wanted: int | None) -> None:
    """Refuse another slot than the one that a worktree already has.

    Raises:
        BadUse: Another one was requested.
    """
    if record.slot is not None and wanted not in (None, record.slot):
        raise BadUse(
            f"slot {wanted} was requested, but {record.name} has slot {record.slot}",
            f"leave --slot out; or wt.remove {record.name}, "
            f"then wt.new {shlex.quote(record.branch)} --slot {wanted}",
            kind="slot-kept",
        )


def _branch_look(tree: Tree) -> AccessLook | None:
    """Return what is read of a worktree's branch; None if Compose reads the same files for it as for main."""
    tip = git.tip_of(tree.project.repository, tree.record.branch) if is_described_otherwise(tree) else None
    return look(tree.project, tip) if tip else None


def _renew_ports(tree: Tree) -> None:
    """Lease again the ports whose number would be different now; all others are kept."""
    strangers = foreign_holders(tree.project, tree.record)
    tree.former_ports = tree.ports
    seen = _branch_look(tree)

    def choose(_: Collection[int], held: dict[tuple[int, str], str]) -> tuple[int, Iterable[Port]]:
        slot, holders = int(tree.record.slot or 0), {**strangers, **held}
        renewed = _renewed(tree, slot, holders)
        return slot, ports_seen(tree, seen, renewed, holders) if seen else renewed

    tree.lease_slot(choose)


def _renewed(tree: Tree, slot: int, holders: dict[tuple[int, str], str]) -> tuple[Port, ...]:
    """Return the ports that a worktree with a slot would have now; a number stays if its base is the same."""
    of_main = published_ports(tree.project.model, tree.project.model.services)
    # The ports that only the branch publishes.
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
    """Record main's current numbers for the leased ports: they identify values that point to main."""
    leased = tree.ports
    pairs = numbers.matched(leased, own_ports(tree.project, tree.services))
    followed = [replace(port, main=now.main) if now else port for port, now in pairs]
    if followed != list(leased):
        tree.lease_slot(lambda *_: (int(tree.record.slot or 0), followed))


def port_changes(tree: Tree) -> tuple[RoleChange, ...]:
    """Return the leased ports that would have another number now."""
    pairs = numbers.matched(own_ports(tree.project, tree.services), tree.ports)
    moved = [(port, leased) for port, leased in pairs if leased and leased.base != port.base]
    if not moved:
        return ()
    holders = {**foreign_holders(tree.project, tree.record), **leased_by_others(tree)}
    renewed = _renewed(tree, int(tree.record.slot or 0), holders)
    return tuple(
        RoleChange(
            f"the port of {port.service}", _number(leased), _number(here), f"main's is {port.main or 'any'}"
        )
        for (port, leased), (_, here) in zip(
            moved, numbers.matched([port for port, _ in moved], renewed), strict=True
        )
        if here
    )


def _number(port: Port) -> str:
    return "any" if port.published is None else str(port.published)


def own_ports(project: Project, services: Iterable[Service]) -> tuple[Port, ...]:
    """Return the ports that own services publish in main, with their bases."""
    names = [service.name for service in own(services)]
    return numbers.with_bases(published_ports(project.model, names))


def port_list(ports: Iterable[Port]) -> str:
    """Return ports in words, such as `web 8001, vite 5174`."""
    return ", ".join(f"{port.service} {port.published}" for port in ports if port.published is not None)
