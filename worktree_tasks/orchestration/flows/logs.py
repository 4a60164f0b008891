"""Flow: what a worktree's services say, followed or read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...configuration.naming import did_you_mean
from ...errors import BadUse, Failure
from ..runtimes.values import Logs
from ..steps.main_tree import find_checkout

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ..runtimes.values import Part
    from ..steps.project import Project

__all__ = ["check_part", "logs"]

# Go's durations and Docker's moments: https://docs.docker.com/reference/cli/docker/container/logs/#since
_SINCE = re.compile(
    r"(?:\d+(?:\.\d+)?(?:h|ms|m|s))+|\d+(?:\.\d+)?|\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d)?)?"
)


def logs(
    project: Project, name: str, services: Sequence[str], part: Part, *, follow: bool, capture: bool
) -> Logs:
    """Show what a worktree's services say, or return it.

    Args:
        project: The project.
        name: The worktree, or `main`.
        services: Whose logs; those of all services by default.
        part: Which part of them.
        follow: Whether to go on until Ctrl-C.
        capture: Whether the last lines are returned, in place of going to our stdout.

    Raises:
        BadUse: There is no such worktree or service, or the part cannot be meant.
        Failure: The stack has no containers.
    """
    check_part(part)
    if follow and capture:
        raise BadUse(
            "what goes on for ever is no JSON document",
            "leave out --json or --follow",
            kind="watch-impossible",
        )
    tree = find_checkout(project, name)
    record = tree.record
    runtime = tree.runtime
    there = sorted(runtime.services(tree))
    if not there:
        raise Failure(
            f"{record.name} has no containers, so no logs",
            f"{tree.start_command} makes them",
            kind="no-service",
        )
    for service in services:
        _refuse_unknown(record.name, service, there)
    if not capture:
        with project.locks.using(record.branch):
            runtime.follow(tree, services, part, follow=follow)
        return Logs(())
    return runtime.logs(tree, services, part)


def check_part(part: Part) -> None:
    """Make sure that Docker will understand which part of the logs is meant.

    Raises:
        BadUse: It would not.
    """
    if part.since is not None and not _SINCE.fullmatch(part.since):
        raise BadUse(
            f"--since {part.since!r} is not a time",
            "write it as 10m, 2h30m, 2026-01-31 or 2026-01-31T12:00:00",
            kind="bad-value",
        )
    if part.tail is not None and part.tail != "all" and not (part.tail.isascii() and part.tail.isdigit()):
        raise BadUse(
            f"--tail {part.tail!r} is not a number of lines",
            "write it in digits, such as --tail 20",
            kind="bad-value",
        )


def _refuse_unknown(name: str, service: str, there: Collection[str]) -> None:
    if service not in there:
        raise BadUse(
            f"{name} has no container of a service {service!r}",
            did_you_mean(service, there) or f"it has {', '.join(there)}",
            kind="no-service",
        )
