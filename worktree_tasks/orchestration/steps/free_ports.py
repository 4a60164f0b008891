"""Choose a worktree's ports: numbers that nothing on this machine has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration import ports as numbers
from ...configuration.compose.model_ports import published_ports
from ...configuration.compose.recorded_roles import choose_roles, with_requested_role
from ...configuration.compose.service_roles import own
from ...machine.bound_ports import bound
from ...machine.remote_caller import caller
from ...quick_dataclasses import replace
from .port_variables import following
from .unrecorded_worktrees import ports_elsewhere

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ...configuration.compose.model import Model
    from ...configuration.compose.service_roles import Service
    from ...configuration.ports import Port
    from ...store import Record
    from .machine_access import AccessLook
    from .project import Project
    from .worktree_handle import Tree

__all__ = [
    "choose_ports",
    "choose_slot",
    "foreign_holders",
    "leased_by_others",
    "ports_of_branch",
    "ports_seen",
    "services_seen",
]


def foreign_holders(project: Project, record: Record | None) -> dict[tuple[int, str], str]:
    """Return who has a port without a lease: main, running or not, any container, a lost worktree."""
    of_main = published_ports(project.model, project.model.services)
    holders = {
        (port.main, port.protocol): f"main's {port.service}" for port in of_main if port.main is not None
    }
    elsewhere = caller()
    of_caller = {(port, "tcp"): f"taken on {elsewhere.host}" for port in elsewhere.taken} if elsewhere else {}
    return {
        **of_caller,
        **ports_elsewhere(project),
        **project.runtime.port_holders(project, record),
        **holders,
    }


def leased_by_others(tree: Tree) -> dict[tuple[int, str], str]:
    """Return the ports that other worktrees on this machine have leased."""
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
    """Return the smallest free slot and a worktree's ports in it, with the container's side adjusted."""
    slot, assigned = choose_slot(ports, tree.project.settings.bind, used=used, holders=holders, wanted=wanted)
    return slot, following(tree, assigned)


def services_seen(tree: Tree, seen: AccessLook) -> tuple[Service, ...]:
    """Return the services of a worktree's branch, in the roles that they get in the worktree."""
    decided = choose_roles(seen.services, tree.roles, in_main=tree.project.model.services)
    return tuple(with_requested_role(one, tree.wanted) for one in decided)


def ports_seen(
    tree: Tree, seen: AccessLook, of_main: Iterable[Port], holders: Mapping[tuple[int, str], str]
) -> tuple[Port, ...]:
    """Return the ports of a worktree, including those that only its branch publishes.

    Args:
        tree: The worktree.
        seen: What was read of its branch.
        of_main: Its ports for services that main has too.
        holders: Who has other ports.
    """
    if seen.model is None:
        return tuple(of_main)
    # The branch was read with main's values of the variables, which change with the ports.
    return following(tree, ports_of_branch(tree, seen.model, services_seen(tree, seen), of_main, holders))


def ports_of_branch(
    tree: Tree,
    model: Model,
    services: Iterable[Service],
    leased: Iterable[Port],
    holders: Mapping[tuple[int, str], str],
) -> tuple[Port, ...]:
    """Return the ports of the branch's own services: the leased ones that main has too, and new ones.

    Args:
        tree: The worktree.
        model: What its branch describes.
        services: The branch's services.
        leased: The ports that were leased for main's services.
        holders: Who has other ports.
    """
    names = [service.name for service in own(services)]
    pairs = numbers.matched(published_ports(model, names), leased)
    # Only the published number is leased; the port in the container is the branch's.
    kept = [replace(one, target=port.target) for port, one in pairs if one]
    fresh = numbers.with_bases([port for port, one in pairs if one is None])
    mine = {(port.published, port.protocol): "this worktree's" for port in kept if port.published}
    # Main does not publish these ports, so their offset does not have to be the slot.
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
    """Return the smallest free slot and its ports, none of which a program on this machine has bound."""
    ports = tuple(ports)
    holders = dict(holders)
    while True:
        slot = numbers.find_slot(ports, used_slots=used, holders=holders, wanted=wanted)
        assigned = numbers.assign(ports, slot)
        taken = {
            (port.published, port.protocol): "bound by another program"
            for port in assigned
            if port.published is not None and bound(port.published, port.protocol, port.host_ip or bind)
        }
        if not taken:
            return slot, assigned
        holders.update(taken)
