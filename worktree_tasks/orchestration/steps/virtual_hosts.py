"""Make, grant and delete the virtual hosts of a worktree's job queues on the shared RabbitMQ."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ...configuration.compose.service_roles import shared
from ...configuration.env import brokers, rabbitmq
from ...configuration.env.rabbitmq import VirtualHost
from ...quick_dataclasses import dataclass
from ...waiting import wait_while
from .address_targets import all_values, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .project import Project
    from .worktree_handle import Tree

__all__ = ["delete_virtual_hosts", "hosts_of", "make_virtual_hosts", "record_virtual_hosts", "servers"]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A virtual host that a worktree needs: the server's service, its name, main's name, and its users."""

    service: str
    name: str
    main: str
    users: tuple[str, ...]


def make_virtual_hosts(tree: Tree) -> None:
    """Make the missing virtual hosts of a worktree's queues, with the policies of main's.

    The permissions come last: one that a killed command made has none yet, and gets what it lacks. Policies
    that somebody deleted from a finished one stay deleted.
    """
    for wanted in _wanted(tree):
        _await(tree.project, wanted.service)
        there = {one.name: one for one in hosts_of(tree.project, wanted.service)}
        known = there.get(wanted.name)
        if known and known.key != tree.record.key:
            tree.project.progress.note(
                f"virtual host {wanted.name} of {wanted.service} already exists and is not ours,"
                " so this worktree's jobs may mix with others; wt.queues: own gives it its own broker"
            )
            continue
        tree.project.store.note_virtual_host(tree.record, wanted.service, wanted.name)
        if not known:
            made = _ask(tree.project, wanted.service, rabbitmq.add_host(wanted.name, tree.record.key))
            if made is None:
                tree.project.progress.note(
                    f"virtual host {wanted.name} cannot be made in {wanted.service}, so no worker here"
                    " gets jobs: see its logs in main, then run"
                    f" wt.restart {tree.record.name}"
                )
                continue
        ask = partial(_ask, tree.project, wanted.service)
        allowed = rabbitmq.users_in(ask(rabbitmq.list_permissions(wanted.name)) or "") if known else set()
        if not allowed:
            for command in rabbitmq.set_policies(wanted.name, ask(rabbitmq.list_policies(wanted.main)) or ""):
                ask(command)
        for user in wanted.users:
            if user not in allowed:
                ask(rabbitmq.grant(wanted.name, user))


def delete_virtual_hosts(tree: Tree) -> str | None:
    """Delete the virtual hosts that were made for a worktree; return the outcome in words."""
    outcomes = []
    for service, name in tree.project.store.virtual_hosts(tree.record):
        if VirtualHost(name, tree.record.key) in hosts_of(tree.project, service):
            answer = _ask(tree.project, service, rabbitmq.delete_host(name))
            outcome = "deleted" if answer is not None else "was not deleted: RabbitMQ refused"
            outcomes.append(f"virtual host {name} of {service} {outcome}")
        elif _ask(tree.project, service, rabbitmq.LIST_HOSTS) is None:
            outcomes.append(
                f"virtual host {name} was not deleted: {service} is not running;"
                " wt.doctor finds it once it runs"
            )
    return "; ".join(outcomes) or None


def record_virtual_hosts(tree: Tree) -> None:
    """Record the virtual hosts that were made for a worktree, after its record was lost."""
    for service in servers(tree.project):
        for host in hosts_of(tree.project, service):
            if host.key == tree.record.key:
                tree.project.store.note_virtual_host(tree.record, service, host.name)


def hosts_of(project: Project, service: str) -> tuple[VirtualHost, ...]:
    """Return the virtual hosts of a shared RabbitMQ; none if it is not running."""
    return rabbitmq.hosts_in(_ask(project, service, rabbitmq.LIST_HOSTS) or "")


def servers(project: Project) -> tuple[str, ...]:
    """Return the shared RabbitMQ servers of a project."""
    return tuple(one.name for one in shared(project.services) if one.kind == "rabbitmq")


def _wanted(tree: Tree) -> Iterator[_Wanted]:
    """Yield the virtual hosts that the queues of a worktree need, each once."""
    values, around = all_values(tree), surroundings(tree, ())
    users: dict[tuple[str, str], dict[str, None]] = {}
    for key in values:
        if key in around.brokers:
            for place in brokers.virtual_hosts(key, values, around):
                users.setdefault(place, {}).update(dict.fromkeys(brokers.users_of(key, values, around)))
    for (service, main), named in users.items():
        if name := around.virtual_host_for(main):
            yield _Wanted(service, name, main, tuple(named) or ("guest",))


def _await(project: Project, service: str) -> None:
    """Wait until a RabbitMQ has started: its own command for that fails if the server is not starting yet."""
    wait_while(lambda: _ask(project, service, rabbitmq.READY) is None, project.settings.wait)


def _ask(project: Project, service: str, argv: Sequence[str]) -> str | None:
    return project.runtime.exec_shared(project, service, argv)
