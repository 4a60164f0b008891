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
    from ..steps.tree import Tree
    from .compose.execution import Ran
    from .compose.logs import Line, Part

__all__ = ["Runtime", "runtime_of"]


class Runtime(Protocol):
    """What flows ask of whatever runs a worktree's stack."""

    def up(self, tree: Tree) -> None:
        """Bring the stack up, whatever its state, and wait until it answers."""
        ...

    def stop(self, tree: Tree) -> int:
        """Stop the stack, keeping what it needs to start again; return how many parts ran."""
        ...

    def down(self, tree: Tree) -> None:
        """Remove everything that the stack made."""
        ...

    def run(self, tree: Tree, service: str, argv: Sequence[str], *, capture: bool) -> Ran:
        """Run a command in a service of the stack, on our own terminal or captured."""
        ...

    def follow(self, tree: Tree, services: Sequence[str], part: Part, *, follow: bool) -> None:
        """Show what services say on our own stdout, for as long as they run or once."""
        ...

    def lines(self, containers: Sequence[Container], part: Part) -> tuple[Line, ...]:
        """Return what services said."""
        ...


class ComposeRuntime:
    """Docker Compose on the engine that the user's context names."""

    def up(self, tree: Tree) -> None:
        """Write the override and bring the own services up."""
        containers.compose_up(tree, write_compose(tree))

    def stop(self, tree: Tree) -> int:
        """Stop the containers."""
        return containers.stop_containers(tree)

    def down(self, tree: Tree) -> None:
        """Remove containers, volumes and image tags."""
        containers.compose_down(tree)

    def run(self, tree: Tree, service: str, argv: Sequence[str], *, capture: bool) -> Ran:
        """Run a command in a running container."""
        return execution.run_in(tree, service, argv, capture=capture)

    def follow(self, tree: Tree, services: Sequence[str], part: Part, *, follow: bool) -> None:
        """Show the containers' logs."""
        reading.follow_lines(tree, services, part, follow=follow)

    def lines(self, containers: Sequence[Container], part: Part) -> tuple[Line, ...]:
        """Read the containers' logs."""
        return reading.read_lines(containers, part)


_RUNTIMES: dict[str, Runtime] = {"compose": ComposeRuntime()}


def runtime_of(record: Record) -> Runtime:
    """Return what runs a worktree's stack: what it came up with, it goes down with."""
    return _RUNTIMES[record.runtime]
