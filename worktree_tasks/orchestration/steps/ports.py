"""The worktree's slot and ports, leased until it is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration import ports as numbers
from ...configuration.compose.ports import published_ports
from ...configuration.compose.services import own
from ...errors import BadUse
from ...machine import probe
from .unrecorded import ports_elsewhere

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ...configuration.ports import Port
    from ...store import Record
    from .project import Project
    from .tree import Tree

__all__ = ["allocate_port", "choose_slot", "own_ports", "port_list", "refuse_another_slot"]


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
            ports = own_ports(tree.project)

            def choose(used: Collection[int], held: dict[tuple[int, str], str]) -> tuple[int, Iterable[Port]]:
                return choose_slot(
                    ports, tree.project.settings.bind, used=used, holders={**strangers, **held}, wanted=wanted
                )

            tree.lease_slot(choose)
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


def own_ports(project: Project) -> tuple[Port, ...]:
    """Return the ports that main's own services publish, with their bases."""
    names = [service.name for service in own(project.services)]
    return numbers.with_bases(published_ports(project.model, names))


def foreign_holders(project: Project, record: Record | None) -> dict[tuple[int, str], str]:
    """Return who holds a port without a lease: main, running or not, any container, a lost worktree."""
    of_main = published_ports(project.model, project.model.services)
    holders = {
        (port.main, port.protocol): f"main's {port.service}" for port in of_main if port.main is not None
    }
    stack = record.compose_project if record else None
    return {**ports_elsewhere(project), **project.engine.port_holders(except_project=stack), **holders}


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
