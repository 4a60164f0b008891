"""The virtual hosts of a worktree's job queues on the shared RabbitMQ: made, granted and deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...configuration.compose.services import shared
from ...configuration.env import brokers, rabbitmq
from ...configuration.env.rabbitmq import VirtualHost
from ...waiting import wait_while
from .address_targets import all_values, surroundings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .project import Project
    from .tree import Tree

__all__ = ["delete_virtual_hosts", "hosts_of", "make_virtual_hosts", "servers"]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A virtual host that a worktree needs: the server's service, its name, main's, and who works in it."""

    service: str
    name: str
    main: str
    users: tuple[str, ...]


def make_virtual_hosts(tree: Tree) -> None:
    """Make the virtual hosts of a worktree's queues where they are not there, as main's are."""
    for wanted in _wanted(tree):
        _await(tree.project, wanted.service)
        there = {one.name: one for one in hosts_of(tree.project, wanted.service)}
        known = there.get(wanted.name)
        if known and known.key != tree.record.key:
            tree.project.progress.note(
                f"virtual host {wanted.name} of {wanted.service} is there already and not ours: jobs of this"
                " worktree may meet others there; wt.queues: own gives it a broker of its own"
            )
            continue
        tree.project.store.note_virtual_host(tree.record, wanted.service, wanted.name)
        if not known:
            made = _ask(tree.project, wanted.service, rabbitmq.add_host(wanted.name, tree.record.key))
            if made is None:
                tree.project.progress.note(
                    f"virtual host {wanted.name} cannot be made in {wanted.service}, so that no worker here"
                    " gets jobs: see its logs in main, then"
                    f" wt.restart {tree.record.name}"
                )
                continue
            policies = _ask(tree.project, wanted.service, rabbitmq.list_policies(wanted.main)) or ""
            for command in rabbitmq.set_policies(wanted.name, policies):
                _ask(tree.project, wanted.service, command)
        for user in wanted.users:
            _ask(tree.project, wanted.service, rabbitmq.grant(wanted.name, user))


def delete_virtual_hosts(tree: Tree) -> str | None:
    """Delete the virtual hosts that were made for a worktree; return what became of them, in words."""
    told = []
    for service, name in tree.project.store.virtual_hosts(tree.record):
        if VirtualHost(name, tree.record.key) in hosts_of(tree.project, service):
            said = _ask(tree.project, service, rabbitmq.delete_host(name))
            became = "deleted" if said is not None else "stays: RabbitMQ refuses"
            told.append(f"virtual host {name} of {service} {became}")
        elif _ask(tree.project, service, rabbitmq.LIST_HOSTS) is None:
            told.append(f"virtual host {name} stays: {service} does not run; wt.doctor names it when it does")
    return "; ".join(told) or None


def hosts_of(project: Project, service: str) -> tuple[VirtualHost, ...]:
    """Return the virtual hosts of a shared RabbitMQ; none where it does not run."""
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
    """Wait until a RabbitMQ has started: its program refuses to wait for one that has not begun to."""
    wait_while(lambda: _ask(project, service, rabbitmq.READY) is None, project.settings.wait)


def _ask(project: Project, service: str, argv: Sequence[str]) -> str | None:
    return project.runtime.exec_shared(project, service, argv)
