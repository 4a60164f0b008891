"""Run programs in a shared service's container, or connect into it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ....engine.api_errors import Gone, NotRunning
from ....machine.container_connection import connect_into

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from socket import socket

    from ....command import Result
    from ...steps.project import Project

__all__ = ["connect", "execute", "output_of"]


def output_of(
    project: Project, service: str, argv: Sequence[str], env: Mapping[str, str] | None
) -> str | None:
    """Run a short command in its container; return its output, or None if it is not running or fails."""
    with suppress(Gone, NotRunning):
        if container := _running(project, service):
            return project.engine.output_of(container, argv, env=env)
    return None


def execute(project: Project, service: str, argv: Sequence[str], env: Mapping[str, str]) -> Result | None:
    """Run a command of any length in its container; return the result, or None if it is not running."""
    with suppress(Gone, NotRunning):
        if container := _running(project, service):
            return project.engine.execute(container, argv, env)
    return None


def connect(project: Project, service: str, port: int) -> socket | None:
    """Connect into its container; return None if it is not running, or the engine is on another machine."""
    container = _running(project, service) if project.engine.is_here else None
    with suppress(Gone):
        if container:
            facts = project.engine.inspect(container)
            addresses = [one["IPAddress"] for one in facts["NetworkSettings"]["Networks"].values()]
            return connect_into(facts["State"]["Pid"], filter(None, addresses), port)
    return None


def _running(project: Project, service: str) -> str | None:
    """Return the running container of one of main's services, if any; it may end at any moment."""
    container = project.main_containers().get(service)
    return container.id if container and container.state == "running" else None
