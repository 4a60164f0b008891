"""A worktree as commands return it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Literal

    from .compose.role_changes import RoleChange
    from .state_words import Merged, Mode, Phase, State

__all__ = [
    "UNKNOWN",
    "UP",
    "Absent",
    "Listing",
    "MainCheckout",
    "OwnDatabase",
    "PublishedPort",
    "ServiceState",
    "Worktree",
    "WorktreeChanges",
]

# The state of what only Docker knows, if it does not answer.
UNKNOWN: Literal["unknown"] = "unknown"
# The states of stacks in which something is running.
UP = frozenset({"running", "starting", "partial"})


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """A port of a service: inside the container, on the host, as a URL (UDP has none), and its protocol."""

    target: int
    published: int
    url: str | None
    protocol: str = "tcp"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A service's container.

    Attributes:
        state: Docker's word for its state.
        health: The result of its health check; None without one.
        ports: Its ports.
        exit_code: Its exit code; None unless it exited.
        done: Whether it is a job that exited successfully.
        idle: Whether its stack does not start it, and nobody else did.
    """

    state: str
    health: str | None = None
    ports: tuple[PublishedPort, ...] = ()
    exit_code: int | None = None
    done: bool = False
    idle: bool = False

    @property
    def word(self) -> str:
        """Its health while it is running, otherwise its state."""
        return self.health if self.state == "running" and self.health else self.state

    @property
    def well(self) -> bool:
        """Whether it is running, and healthy if it has a health check."""
        return self.word in ("running", "healthy")


@dataclass(frozen=True, slots=True)
class WorktreeChanges:
    """The changes in a worktree, and its distance from its base.

    Attributes:
        modified: Tracked files that were changed, staged or not.
        untracked: Files that git does not know.
        ahead: Commits that are not in the base.
        behind: Commits of the base that it does not have.
        unpushed: Commits on no other branch and no remote.
    """

    modified: int = 0
    untracked: int = 0
    ahead: int = 0
    behind: int = 0
    unpushed: int = 0


@dataclass(frozen=True, slots=True)
class OwnDatabase:
    """A database of a worktree's own: the server, its name, the server's kind, and its mode."""

    service: str
    name: str
    engine: str
    mode: str


@dataclass(frozen=True, slots=True)
class Worktree:
    """One worktree with its stack.

    Attributes:
        name: Its slug; its directory's name if it is not ours.
        branch: The branch that is checked out; None if HEAD is detached.
        path: Its directory.
        slot: Its N; None if it is not ours.
        url: The URL of its first web service; None without one.
        compose_project: Its stack's compose project.
        state: `running`, `starting`, `partial`, `stopped`, `created`, `missing` or `unmanaged`; `unknown`
            only with the error that Docker does not answer.
        phase: `booting`, `ready`, `degraded`, `stopped`, `half-made`, `missing` or `unmanaged`; `unknown` as
            in the state.
        services: Its own services, by name.
        database: `shared`, `clone` or `empty`.
        changes: Its changes, and its distance from the base; None if its directory is gone.
        merged: How its work got into the base: `same-commit`, `ancestor`, `tree`, `squash` or `patch`.
        locked: Why it is locked in git; None if it is not.
        last_commit: When its commit was made, in seconds since the epoch; None without one.
        memory: The memory that its stack's containers use, in bytes; None if it was not measured.
        pending: What would be decided differently today; None unless it was started just now.
        lacking: The services of main that its running stack relies on and cannot reach.
        databases: Its own databases.
        on: The machine that it is on; None for this one.
    """

    name: str
    branch: str | None
    path: Path
    slot: int | None = None
    url: str | None = None
    compose_project: str | None = None
    state: State = "unmanaged"
    phase: Phase = "unmanaged"
    services: Mapping[str, ServiceState] = field(default_factory=dict)
    database: Mode | None = None
    changes: WorktreeChanges | None = None
    merged: Merged | None = None
    locked: str | None = None
    last_commit: int | None = None
    memory: int | None = None
    pending: tuple[RoleChange, ...] | None = None
    lacking: tuple[str, ...] = ()
    databases: tuple[OwnDatabase, ...] = ()
    on: str | None = None


@dataclass(frozen=True, slots=True)
class MainCheckout:
    """The main checkout: its path, branch, state and services, its commit's time and its stack's memory."""

    path: Path
    branch: str | None
    state: State
    services: Mapping[str, ServiceState] = field(default_factory=dict)
    last_commit: int | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """A machine whose worktrees are unknown at the moment: what it is called here, and why."""

    on: str
    what: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What `wt.list` shows of a project.

    Attributes:
        project: Its name.
        main: The main checkout.
        worktrees: Its worktrees.
        silence: Why it has nothing from Docker: the three parts of an error; empty if it has.
        absent: The machines whose worktrees are missing from it.
    """

    project: str
    main: MainCheckout
    worktrees: tuple[Worktree, ...] = ()
    silence: tuple[str, ...] = ()
    absent: tuple[Absent, ...] = ()
