"""Check: no container of main that is to be started is attached to a network that is gone."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

from .....engine import compose_command
from ....steps.doctor_check import CheckLook, found
from ..compose_input import input_of
from ..network_links import dead_links, detach, is_worktrees, living_networks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .....configuration.compose.containers import Container
    from ....steps.doctor_check import Trouble
    from ....steps.project import Project

__all__ = ["look"]


def look(project: Project) -> CheckLook:
    """Look for missing networks without which a container of main cannot start."""
    alive = living_networks(project)
    stopped = [one for one in project.engine.containers(project=project.name) if one.state != "running"]
    troubles = [trouble for one in stopped for trouble in _dead(project, one, alive)]
    return CheckLook("every container of main can start", tuple(troubles))


def _dead(project: Project, container: Container, alive: Mapping[str, str]) -> Iterator[Trouble]:
    for name in dead_links(project, container, alive):
        what = f"main's {container.service} cannot start: network {name} is gone"
        if not is_worktrees(project, name):
            # Compose has to create and join main's own networks.
            call = input_of(project).invocation(project=project.name, override=False)
            again = compose_command.argv(
                call, "up", "--detach", "--force-recreate", services=[container.service]
            )
            yield found("dead-link", container.name, what, fix=shlex.join(again))
            continue
        yield found(
            "dead-link",
            container.name,
            what,
            fix=f"docker network disconnect -f {shlex.quote(name)} {shlex.quote(container.name)}",
            repair=partial(detach, project, container, name),
        )
