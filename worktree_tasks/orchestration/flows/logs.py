"""Flow: show the logs of a worktree's services, or follow them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.log_parts import check_part
from ...configuration.naming import did_you_mean
from ...errors import BadUse, Failure
from ..runtimes.runtime_values import Logs
from ..steps.worktree_search import find_checkout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..runtimes.runtime_values import Part
    from ..steps.project import Project

__all__ = ["logs"]


def logs(
    project: Project, name: str, services: Sequence[str], part: Part, *, follow: bool, capture: bool
) -> Logs:
    """Show the logs of a worktree's services, or return them.

    Args:
        project: The project.
        name: The worktree, or `main`.
        services: The services; all of them by default.
        part: Which part of the logs.
        follow: Whether to keep following until Ctrl-C.
        capture: Whether to return the last lines instead of writing to our stdout.

    Raises:
        BadUse: There is no such worktree or service, or the part is invalid.
        Failure: The stack has no containers.
    """
    check_part(part.since, part.tail)
    if follow and capture:
        raise BadUse(
            "output that never ends cannot be a JSON document",
            "leave out --json or --follow",
            kind="watch-impossible",
        )
    tree = find_checkout(project, name)
    there = sorted(tree.runtime.services(tree))
    if not there:
        raise Failure(
            f"{tree.record.name} has no containers, so it has no logs",
            f"{tree.start_command} makes the containers",
            kind="no-service",
        )
    for service in services:
        if service not in there:
            raise BadUse(
                f"{tree.record.name} has no container for a service {service!r}",
                did_you_mean(service, there) or f"it has containers for {', '.join(there)}",
                kind="no-service",
            )
    if capture:
        return tree.runtime.logs(tree, services, part)
    with project.locks.using(tree.record.branch):
        tree.runtime.follow(tree, services, part, follow=follow)
    return Logs(())
