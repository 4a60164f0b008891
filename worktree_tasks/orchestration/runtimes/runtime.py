"""The interface of runtimes, which run the stacks of worktrees. Flows know this, but no implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path
    from socket import socket

    from ...command import Result
    from ...configuration.compose.containers import ListedContainer
    from ...configuration.compose.git_access import GitAccess
    from ...configuration.compose.model import Model
    from ...configuration.compose.uninterpolated import RawSpec
    from ...configuration.doctor_findings import Checked, EngineFacts
    from ...configuration.ports import Port
    from ...configuration.record_traces import Trace
    from ...store import Record
    from ..steps.doctor_check import Check
    from ..steps.project import Project
    from ..steps.worktree_handle import Tree
    from .runtime_values import Input, Logs, Origin, Part, Ran, Step

__all__ = ["Runtime", "Runtimes"]


class Runtime(Protocol):
    """What flows need from a runtime of worktrees' stacks.

    Attributes:
        name: Its name in the records of worktrees.
    """

    name: str

    @property
    def steps(self) -> tuple[Step, ...]:
        """Its own steps for starting a stack, besides those that every stack needs."""
        ...

    @property
    def checks(self) -> tuple[Check, ...]:
        """Its checks in `wt.doctor`; each relies on those before it."""
        ...

    def input(self, project: Project, checkout: Path | None = None) -> Input:
        """Return the input that describes the stack of a checkout; by default, of main."""
        ...

    def model(
        self, project: Project, checkout: Path, stack: str | None = None, *, apart: Path | None = None
    ) -> Model:
        """Return the model that a checkout describes.

        Args:
            project: The project.
            checkout: The main checkout or a worktree.
            stack: The name of the stack; None for main's.
            apart: Our directory that contains the checkout, outside which nothing may be read.

        Raises:
            BadUse: It cannot be read.
        """
        ...

    def main_among(self, project: Project, listed: Collection[ListedContainer], known: str) -> str:
        """Return the name of main's stack among containers; the known one if none of them are main's."""
        ...

    def raw_specs(self, project: Project) -> Mapping[str, RawSpec]:
        """Return main's services as written in its files, with variables not interpolated, by name."""
        ...

    def check(self, project: Project) -> None:
        """Check that the engine answers.

        Raises:
            DockerUnavailable: It does not, or is too old.
        """
        ...

    def read(self, project: Project) -> None:
        """Check that the engine answers, and read the description of main's stack at the same time.

        Raises:
            DockerUnavailable: It does not answer, or is too old.
            BadUse: There is no description, or it cannot be read.
        """
        ...

    def listed(self, seconds: float = ...) -> tuple[ListedContainer, ...]:
        """Return the running and stopped containers of all projects, within some time.

        Raises:
            DockerUnavailable: There was no answer.
        """
        ...

    def goals(self, *, start: bool) -> tuple[str, ...]:
        """Return the last steps to prepare a worktree's stack, to be started at once or later."""
        ...

    def memory(self, listed: Iterable[ListedContainer]) -> dict[str, int]:
        """Return the memory of the running ones, in bytes, by id."""
        ...

    def exec_shared(
        self, project: Project, service: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None
    ) -> str | None:
        """Run a short command in one of main's services; return its output, None if it is down or fails."""
        ...

    def execute(
        self, project: Project, service: str, argv: Sequence[str], env: Mapping[str, str]
    ) -> Result | None:
        """Run a command of any length in one of main's services; return the result, None if it is down."""
        ...

    def connection(self, project: Project, service: str, port: int) -> socket | None:
        """Return a connection to a port of one of main's services; None if it might lead elsewhere."""
        ...

    def take_over(self, project: Project, directory: Path) -> None:
        """Refuse a worktree that something else created if a file that is not ours would be overwritten."""
        ...

    def planned(self, tree: Tree) -> Record:
        """Return a worktree's record with the names that its stack has or would get."""
        ...

    def origins(self, tree: Tree, commit: str, ports: Iterable[Port]) -> tuple[Origin, ...]:
        """Return where the images of a planned worktree would come from, given its commit and ports."""
        ...

    def git_access(self, tree: Tree) -> tuple[GitAccess, ...]:
        """Return whether git works, or would work, in a worktree's own services, and why."""
        ...

    def foreign_main(self, project: Project) -> Path | None:
        """Return where another checkout's shared services run under main's name; None where none do."""
        ...

    def undo(self, tree: Tree) -> None:
        """Remove what was created for a stack that never ran."""
        ...

    def up(self, tree: Tree, *, build: bool = False, settled: Callable[[], None] = lambda: None) -> None:
        """Start the stack, whatever its state, and wait until it answers.

        Args:
            tree: The worktree.
            build: Whether to rebuild what it runs, even if it exists.
            settled: Called when other work no longer slows the start down; maybe several times, or never.

        Raises:
            Failure: It does not answer in time; what is running is kept for inspection.
        """
        ...

    def stop(self, tree: Tree) -> int:
        """Stop the stack, but keep what it needs to start again; return how many parts were running."""
        ...

    def detach(self, tree: Tree) -> tuple[str, ...]:
        """Detach main's services from a stopped stack, so that main never needs it; return their names."""
        ...

    def down(self, tree: Tree, *, beside: Callable[[], object] = lambda: None) -> None:
        """Remove everything that the stack created; call `beside`, once, when all that ran is gone.

        Raises:
            Failure: Something cannot be removed; `left_of` names it.
        """
        ...

    def emptying(self, tree: Tree) -> Callable[[Path], None]:
        """Return a function that deletes other users' files in a directory, even after the stack is down."""
        ...

    def left_of(self, records: Iterable[Record]) -> tuple[str, ...]:
        """Return what remains of stacks, each in words, such as `container shop-auth-web-1`.

        Raises:
            DockerUnavailable: There was no answer.
        """
        ...

    def services(self, tree: Tree, *, running: bool = False) -> frozenset[str]:
        """Return the services that the stack has, or the running ones."""
        ...

    def run(self, tree: Tree, service: str, argv: Sequence[str], *, capture: bool) -> Ran:
        """Run a command in a running service, on our terminal or with captured output.

        Raises:
            BadUse: The stack runs no such service.
            CommandFailed: The command exited with a non-zero code.
        """
        ...

    def native(self, tree: Tree, argv: Sequence[str], *, capture: bool) -> Ran:
        """Run one of the runtime's own commands on the stack, on our terminal or with captured output.

        Args:
            tree: The worktree.
            argv: The arguments of the runtime's program, such as `ps`; those for the stack are added.
            capture: Whether the output is returned.

        Raises:
            Failure: There is no stack yet.
            CommandFailed: The command exited with a non-zero code.
        """
        ...

    def follow(self, tree: Tree, services: Sequence[str], part: Part, *, follow: bool) -> None:
        """Print a part of services' logs, by default of all; `follow` continues with new lines."""
        ...

    def lacking(self, tree: Tree) -> tuple[str, ...]:
        """Return what is not leased yet for a stack, each in words, such as `network name`."""
        ...

    def port_holders(self, project: Project, besides: Record | None) -> dict[tuple[int, str], str]:
        """Return the holder of each port and protocol, in words, except one worktree's stack."""
        ...

    def traces(self, project: Project) -> tuple[Trace, ...]:
        """Return traces of this project's worktrees in their containers, one for each worktree."""
        ...

    def completed(self, project: Project, trace: Trace) -> Trace:
        """Return a trace completed from other sources about the same worktree."""
        ...

    def examine(self, project: Project, git_version: str | None) -> tuple[EngineFacts, tuple[Checked, ...]]:
        """Return the programs that it depends on, and what is wrong with them."""
        ...

    def logs(self, tree: Tree, services: Sequence[str], part: Part) -> Logs:
        """Return the last log lines of services in order of time, by default of all."""
        ...


class Runtimes(Protocol):
    """Looks up runtimes."""

    def __call__(self, name: str = ...) -> Runtime:
        """Return the runtime with a name; by default, the one for new stacks."""
