"""Check: no other program has taken the ports of stopped services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....machine.bound_ports import bound
from ...steps.doctor_check import CheckLook, found, usable
from ...steps.port_conflict import owner_of
from ...steps.stack_resources import is_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ....configuration.compose.containers import ListedContainer
    from ....configuration.ports import Port
    from ...steps.doctor_check import Trouble
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree

__all__ = ["look"]


def look(project: Project) -> CheckLook:
    """Look for ports of stopped services that something else has bound."""
    leased = project.store.ports()
    ready = usable(project)
    listed = project.runtime.listed() if ready else ()
    troubles = tuple(
        trouble for tree in ready for trouble in _port_troubles(tree, leased.get(tree.record.key, ()), listed)
    )
    count = sum(
        port.published is not None for record in project.records() for port in leased.get(record.key, ())
    )
    return CheckLook(f"{count} leased, none taken by another program", troubles)


def _port_troubles(
    tree: Tree, ports: tuple[Port, ...], listed: Iterable[ListedContainer]
) -> Iterator[Trouble]:
    # A container that is paused, or restarting all the time, holds its ports too.
    up = {one.service for one in listed if is_of(tree.record, one) and one.state not in ("exited", "created")}
    for port in ports:
        address = port.host_ip or tree.project.settings.bind
        if port.published is None or port.service in up:
            continue
        if not bound(port.published, port.protocol, address):
            continue
        holders = tree.runtime.port_holders(tree.project, tree.record)
        owner = owner_of(port.published, port.protocol, holders)
        yield found(
            "port",
            tree.record.name,
            f"port {port.published}, leased to {port.service} of {tree.record.name}, is {owner.words}",
            fix=owner.command,
        )
