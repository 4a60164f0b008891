"""The state of a stack, which follows from its containers, and which of them are finished jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...lazy_modules import later
from .containers import by_service

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ..state_words import State
    from . import data_servers
    from .containers import ListedContainer
else:
    (data_servers,) = later(__package__, ".data_servers")

__all__ = ["finished_jobs", "stack_state"]

# Neither running nor stopped: Docker keeps restarting it, or has it paused.
_HALF_UP = ("restarting", "paused")


def stack_state(containers: Iterable[ListedContainer], services: Collection[str]) -> State:
    """Return the state of a worktree's stack.

    Args:
        containers: The stack's containers.
        services: The services that a running stack has, and that are not jobs.

    Returns:
        `running`, `starting`, `partial`, `stopped` or `created`.
    """
    found = by_service(containers)
    if not found:
        return "created"
    up = {name for name, one in found.items() if one.state == "running"}
    if not up and not any(one.state in _HALF_UP for one in found.values()):
        return "created" if all(one.state == "created" for one in found.values()) else "stopped"
    down = {*services, *found} - up - finished_jobs(found.values(), services)
    healths = {found[name].health for name in up}
    if down or "unhealthy" in healths:
        return "partial"
    return "starting" if "starting" in healths else "running"


def finished_jobs(containers: Collection[ListedContainer], serving: Collection[str]) -> frozenset[str]:
    """Return the services that are jobs and exited successfully.

    A service is a job if another one waits for its completion. It is not a job if it is serving, if another
    one waits for its health, or if its image is a data server's. Any other service that exited successfully
    is taken for a job.

    Args:
        containers: The stack's containers, one for each service.
        serving: The services that are known to keep running, such as those that publish ports.
    """
    waited_for = {wait for one in containers for wait in one.depends_on}
    return frozenset(
        one.service
        for one in containers
        if one.finished
        and (
            (one.service, "service_completed_successfully") in waited_for
            or not (
                one.service in serving
                or (one.service, "service_healthy") in waited_for
                or data_servers.runs_data_server(one.image_name, one.command)
            )
        )
    )
