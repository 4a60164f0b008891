"""What a runtime is: whatever runs the stacks of worktrees. Flows know this, and no implementation."""

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
    from ..steps.tree import Tree
    from .values import Input, Logs, Origin, Part, Ran, Step

__all__ = ["Runtime", "Runtimes"]


class Runtime(Protocol):
    """What flows ask of whatever runs a worktree's stack.

    Attributes:
        name: What stands for it in the records of worktrees.
    """

    name: str

    @property
    def steps(self) -> tuple[Step, ...]:
        """Its own steps on the way to a stack, beside those that every stack needs."""
        ...

    @property
    def checks(self) -> tuple[Check, ...]:
        """What `wt.doctor` looks at of it, each on top of those before."""
        ...

    def input(self, project: Project, checkout: Path | None = None) -> Input:
        """Return what describes the stack of a checkout; that of main where none is named."""
        ...

    def model(
        self, project: Project, checkout: Path, stack: str | None = None, *, apart: Path | None = None
    ) -> Model:
        """Return what a checkout describes.

        Args:
            project: The project.
            checkout: The main checkout or a worktree.
            stack: The name of the stack that it is read for; None for main's.
            apart: The directory of ours in which the checkout lies and outside of which nothing may be asked.

        Raises:
            BadUse: It cannot be read.
        """
        ...

    def main_among(self, project: Project, listed: Collection[ListedContainer], known: str) -> str:
        """Return the name of main's stack among what runs; the one that is known where nothing of it does."""
        ...

    def raw_specs(self, project: Project) -> Mapping[str, RawSpec]:
        """Return main's services as its files write them, variables and all, by name."""
        ...

    def check(self, project: Project) -> None:
        """Make sure that what it runs on answers.

        Raises:
            DockerUnavailable: It does not, or is too old.
        """
        ...

    def read(self, project: Project) -> None:
        """Make sure that what it runs on answers, and read what describes main's stack meanwhile.

        Raises:
            DockerUnavailable: It does not answer, or is too old.
            BadUse: There is no such description, or it is not readable.
        """
        ...

    def listed(self, seconds: float = ...) -> tuple[ListedContainer, ...]:
        """Return what runs and what has stopped, of all projects, within some time.

        Raises:
            DockerUnavailable: There was no answer.
        """
        ...

    def goals(self, *, start: bool) -> tuple[str, ...]:
        """Return the steps that a worktree needs done, before its stack starts or to be started later."""
        ...

    def memory(self, listed: Iterable[ListedContainer]) -> dict[str, int]:
        """Return the memory of what runs of these, in bytes, by id."""
        ...

    def exec_shared(
        self, project: Project, service: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None
    ) -> str | None:
        """Run a short command where a service of main's runs; its output, None where it is down or fails."""
        ...

    def execute(
        self, project: Project, service: str, argv: Sequence[str], env: Mapping[str, str]
    ) -> Result | None:
        """Run a command as `exec_shared` does, however long; all that it left, None where it is down."""
        ...

    def connection(self, project: Project, service: str, port: int) -> socket | None:
        """Return a connection to a port where a service of main's runs; None where it may lead elsewhere."""
        ...

    def take_over(self, project: Project, directory: Path) -> None:
        """Look at the directory of a worktree that something else made, before a stack is made there.

        Raises:
            Refused: Something of somebody's would be written over.
        """
        ...

    def planned(self, tree: Tree) -> Record:
        """Return what is recorded of a worktree, with the names that its stack has or would get."""
        ...

    def origins(self, tree: Tree, commit: str, ports: Iterable[Port]) -> tuple[Origin, ...]:
        """Return where the images of a worktree that starts at a commit, with such ports, would come from."""
        ...

    def git_access(self, tree: Tree) -> tuple[GitAccess, ...]:
        """Return for own services of a worktree whether git works in there, or would, and why."""
        ...

    def undo(self, tree: Tree) -> None:
        """Remove what was made for a stack that never ran."""
        ...

    def up(self, tree: Tree, *, build: bool = False, begun: Callable[[], None] = lambda: None) -> None:
        """Bring the stack up, whatever its state, and wait until it answers.

        Args:
            tree: The worktree.
            build: Whether what it runs is built anew, although it is there.
            begun: Called when all of it is started, and only has to get ready; or never.

        Raises:
            Failure: It does not answer in time; what runs stays, to be looked at.
        """
        ...

    def stop(self, tree: Tree) -> int:
        """Stop the stack, keeping what it needs to start again; return how many of its parts ran."""
        ...

    def detach(self, tree: Tree) -> None:
        """Let go of what main shares with a stack that is stopped, so that main never depends on it."""
        ...

    def down(self, tree: Tree) -> None:
        """Remove everything that the stack made.

        Raises:
            Failure: Something cannot be removed; `left_of` names it.
        """
        ...

    def emptying(self, tree: Tree) -> Callable[[Path], None]:
        """Return what deletes the files of other users in a directory, also once the stack is down."""
        ...

    def left_of(self, records: Iterable[Record]) -> tuple[str, ...]:
        """Return what is there of stacks, each in words, such as `container shop-auth-web-1`.

        Raises:
            DockerUnavailable: There was no answer.
        """
        ...

    def services(self, tree: Tree, *, running: bool = False) -> frozenset[str]:
        """Return the services that the stack has, or those that run."""
        ...

    def run(self, tree: Tree, service: str, argv: Sequence[str], *, capture: bool) -> Ran:
        """Run a command in a running service, on our own terminal or captured.

        Raises:
            BadUse: The stack runs no such service.
            CommandFailed: The command ended with another code than 0.
        """
        ...

    def native(self, tree: Tree, argv: Sequence[str], *, capture: bool) -> Ran:
        """Run a command of the runtime's own on the stack, on our own terminal or captured.

        Args:
            tree: The worktree.
            argv: The words behind the runtime's program, such as `ps`; which stack is meant is added to them.
            capture: Whether the output is returned.

        Raises:
            Failure: There is no stack that could be meant.
            CommandFailed: The command ended with another code than 0.
        """
        ...

    def follow(self, tree: Tree, services: Sequence[str], part: Part, *, follow: bool) -> None:
        """Show a part of what services say on our stdout, of all where none is named; `follow` goes on."""
        ...

    def lacking(self, tree: Tree) -> tuple[str, ...]:
        """Return what should be leased for a stack and is not, each in words, such as `network name`."""
        ...

    def port_holders(self, project: Project, besides: Record | None) -> dict[tuple[int, str], str]:
        """Return who of its stacks has which port and protocol, in words, besides one worktree's stack."""
        ...

    def traces(self, project: Project) -> tuple[Trace, ...]:
        """Return what runs of this project's worktrees tells of their records, each once."""
        ...

    def completed(self, project: Project, trace: Trace) -> Trace:
        """Return a trace with what else is told of the same worktree."""
        ...

    def examine(self, project: Project, git_version: str | None) -> tuple[EngineFacts, tuple[Checked, ...]]:
        """Return which programs it runs on, and what is wrong with them."""
        ...

    def logs(self, tree: Tree, services: Sequence[str], part: Part) -> Logs:
        """Return what services said last, in the order in which they did; of all where none is named."""
        ...


class Runtimes(Protocol):
    """Where runtimes come from."""

    def __call__(self, name: str = ...) -> Runtime:
        """Return the runtime of a name, or the one for what is new."""
