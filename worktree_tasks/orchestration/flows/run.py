"""Flow: a command in a worktree's service, whose stack is started when it is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.compose.services import own
from ...configuration.naming import did_you_mean
from ...errors import BadUse
from ..runtimes.compose.execution import split
from ..runtimes.compose.override import worktree_model
from ..runtimes.runtime import runtime_of
from ..steps.belongings import own_containers
from ..steps.worktree import find_record
from .start import start

if TYPE_CHECKING:
    from ...configuration.compose.services import Service
    from ...store import Record
    from ..runtimes.compose.execution import Ran
    from ..steps.project import Site

__all__ = ["execute"]


def execute(site: Site, name: str, service: str, command: str, *, capture: bool) -> Ran:
    """Run a command in a service of a worktree's stack.

    Args:
        site: The project.
        name: The worktree.
        service: One of its services.
        command: The command; split like a shell would, and run without one.
        capture: Whether its output is returned, in place of going to our stdout.

    Raises:
        BadUse: There is no such worktree or service.
        CommandFailed: The command ended with another code than 0.
    """
    words = split(command)
    record = find_record(site, name)
    with site.using(record.branch):
        running = {one.service for one in own_containers(site.engine, record) if one.state == "running"}
        if service not in running:
            _refuse_unknown(site, record, service)
            start(site, record.name)
            record = site.store.record(record.key)
        return runtime_of(record).run(site, record, service, words, capture=capture)


def _refuse_unknown(site: Site, record: Record, service: str) -> None:
    """Refuse a service that no start of the stack would bring up, before it is started in vain."""
    decided = {one.name: one for one in (*site.services, *_of_branch(site, record))}
    one = decided.get(service)
    if one is None:
        mine = [each.name for each in own(decided.values())]
        raise BadUse(
            f"{record.name} has no service {service!r}",
            did_you_mean(service, mine) or f"its services are {', '.join(mine)}",
        )
    if one.role == "shared":
        raise BadUse(
            f"{service} is shared: it runs in main's stack, not in {record.name}'s",
            f"`docker compose exec {service} …` in {site.main}",
        )
    if one.idle:
        raise BadUse(
            f"{service} is not started in worktrees: {one.idle}", f"wt.plan {record.branch} says more"
        )


def _of_branch(site: Site, record: Record) -> tuple[Service, ...]:
    if not record.path.is_dir() or record.compose_project is None:
        return ()
    return site.decide(worktree_model(site, record), record.path)
