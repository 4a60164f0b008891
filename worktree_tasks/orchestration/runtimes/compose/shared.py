"""What a shared service is asked where it runs: by programs in its container, or by a connection into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    """Run a short command in its container; its output, None where it is down or fails."""
    container = _running(project, service)
    return project.engine.output_of(container, argv, env=env) if container else None


def execute(project: Project, service: str, argv: Sequence[str], env: Mapping[str, str]) -> Result | None:
    """Run a command in its container, however long; all that it left, None where it is down."""
    container = _running(project, service)
    return project.engine.execute(container, argv, env) if container else None


def connect(project: Project, service: str, port: int) -> socket | None:
    """Open a connection into its container; None where it is down, or the engine is not on this machine."""
    container = _running(project, service)
    if container is None or not project.engine.is_here:
        return None
    told = project.engine.inspect(container)
    addresses = [one["IPAddress"] for one in told["NetworkSettings"]["Networks"].values()]
    return connect_into(told["State"]["Pid"], filter(None, addresses), port)


def _running(project: Project, service: str) -> str | None:
    """Return the container of one of main's services, where it runs."""
    container = project.main_containers().get(service)
    return container.id if container and container.state == "running" else None
