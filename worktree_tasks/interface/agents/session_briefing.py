"""The text that an agent gets at the start of a session. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...configuration.worktree_result import ServiceState, Worktree

__all__ = ["briefing"]


def briefing(tree: Worktree) -> list[str]:
    """Say where a worktree's stack answers, and how to use it."""
    services = [f"  {name}: {_where(one)}" for name, one in tree.services.items()]
    return [
        f"This directory is the worktree {tree.name} with containers of its own, which are {tree.phase}:",
        *(services or ["  it has no service of its own"]),
        f"Its database is {tree.database}.",
        f"wt.run {tree.name} SERVICE COMMAND runs a command in a service, wt.logs {tree.name} --no-follow",
        f"shows the logs of its services, and wt.start {tree.name} brings them up again.",
    ]


def _where(service: ServiceState) -> str:
    urls = [port.url for port in service.ports if port.url]
    return ", ".join([service.word, *urls])
