"""The seam behind which a stack runs; Docker Compose is the one runtime so far.

Stacks without Docker, on Swarm or on remote hosts come as further rows of `_RUNTIMES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from .compose import containers, execution
from .compose import logs as reading
from .compose.override import write_compose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...configuration.compose.containers import Container
    from ...store import Record
    from ..steps.project import Site
    from .compose.execution import Ran
    from .compose.logs import Line, Part

__all__ = ["Runtime", "runtime_of"]


class Runtime(Protocol):
    """What flows ask of whatever runs a worktree's stack."""

    def up(self, site: Site, record: Record) -> None:
        """Bring the stack up, whatever its state, and wait until it answers."""
        ...

    def stop(self, site: Site, record: Record) -> int:
        """Stop the stack, keeping what it needs to start again; return how many parts ran."""
        ...

    def down(self, site: Site, record: Record) -> None:
        """Remove everything that the stack made."""
        ...

    def run(self, site: Site, record: Record, service: str, argv: Sequence[str], *, capture: bool) -> Ran:
        """Run a command in a service of the stack, on our own terminal or captured."""
        ...

    def follow(
        self, site: Site, record: Record, services: Sequence[str], part: Part, *, follow: bool
    ) -> None:
        """Show what services say on our own stdout, for as long as they run or once."""
        ...

    def lines(self, containers: Sequence[Container], part: Part) -> tuple[Line, ...]:
        """Return what services said."""
        ...


class ComposeRuntime:
    """Docker Compose on the engine that the user's context names."""

    def up(self, site: Site, record: Record) -> None:
        """Write the override and bring the own services up."""
        containers.compose_up(site, record, write_compose(site, record))

    def stop(self, site: Site, record: Record) -> int:
        """Stop the containers."""
        return containers.stop_containers(site, record)

    def down(self, site: Site, record: Record) -> None:
        """Remove containers, volumes and image tags."""
        containers.compose_down(site, record)

    def run(self, site: Site, record: Record, service: str, argv: Sequence[str], *, capture: bool) -> Ran:
        """Run a command in a running container."""
        return execution.run_in(site, record, service, argv, capture=capture)

    def follow(
        self, site: Site, record: Record, services: Sequence[str], part: Part, *, follow: bool
    ) -> None:
        """Show the containers' logs."""
        reading.follow_lines(site, record, services, part, follow=follow)

    def lines(self, containers: Sequence[Container], part: Part) -> tuple[Line, ...]:
        """Read the containers' logs."""
        return reading.read_lines(containers, part)


_RUNTIMES: dict[str, Runtime] = {"compose": ComposeRuntime()}


def runtime_of(record: Record) -> Runtime:
    """Return what runs a worktree's stack: what it came up with, it goes down with."""
    return _RUNTIMES[record.runtime]
