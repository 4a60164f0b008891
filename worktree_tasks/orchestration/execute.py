"""Flow: a command in a worktree's service, whose stack is started when it is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .containers import own_containers
from .execution import split
from .runtime import runtime_of
from .start import start
from .worktree import find_record

if TYPE_CHECKING:
    from .execution import Ran
    from .site import Site

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
        if not any(one.state == "running" for one in own_containers(site, record)):
            start(site, record.name)
        return runtime_of(record).run(site, record, service, words, capture=capture)
