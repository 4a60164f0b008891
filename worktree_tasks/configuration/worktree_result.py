"""A worktree as commands return it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Literal

    from .compose.decisions import RoleChange
    from .states import Merged, Mode, Phase, State

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

# The state of what only Docker knows, while it does not answer.
UNKNOWN: Literal["unknown"] = "unknown"
# The states of stacks of which something runs.
UP = frozenset({"running", "starting", "partial"})


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """A port of a service: inside the container, on the host, and as a URL; UDP has none."""

    target: int
    published: int
    url: str | None


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A service's container.

    Attributes:
        state: Docker's word for its state.
        health: What its health check says; None without one.
        ports: Its ports.
        exit_code: The code that it ended with; None where it did not end.
        done: Whether it is a job that ended well.
    """

    state: str
    health: str | None = None
    ports: tuple[PublishedPort, ...] = ()
    exit_code: int | None = None
    done: bool = False

    @property
    def word(self) -> str:
        """How it is, in one word."""
        return self.health if self.state == "running" and self.health else self.state

    @property
    def well(self) -> bool:
        """Whether it runs, and its health check is content."""
        return self.word in ("running", "healthy")


@dataclass(frozen=True, slots=True)
class WorktreeChanges:
    """What a worktree holds that others do not.

    Attributes:
        modified: Tracked files that differ, staged or not.
        untracked: Files that git does not know.
        ahead: Commits that the base does not have.
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
    """A database that a worktree has of its own: the server, its name, the server's kind, and its mode."""

    service: str
    name: str
    engine: str
    mode: str


@dataclass(frozen=True, slots=True)
class Worktree:
    """One worktree with its stack.

    Attributes:
        name: Its slug; for one that is not ours, its directory's name.
        branch: The branch that is checked out; None when detached.
        path: Its directory.
        slot: Its N; None when it is not ours.
        url: Where its first web service answers; None without one.
        compose_project: Its stack's compose project.
        state: `running`, `starting`, `partial`, `stopped`, `created`, `missing` or `unmanaged`; `unknown`
            only beside the error that Docker does not answer.
        phase: `booting`, `ready`, `degraded`, `stopped`, `half-made`, `missing` or `unmanaged`; `unknown` as
            in the state.
        services: Its own services, by name.
        database: `shared`, `clone` or `empty`.
        changes: What it holds that others do not; None when its directory is gone.
        merged: How its work got into the base: `same-commit`, `ancestor`, `tree`, `squash` or `patch`.
        locked: Why git holds it; None when it does not.
        last_commit: When its commit was made, in seconds since the epoch; None without one.
        memory: What its stack's containers use, in bytes; None where it was not measured.
        pending: What would be decided differently today; None where it was not started just now.
        lacking: The services of main that its running stack counts on and cannot reach.
        databases: The databases that it has of its own.
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
    """A machine whose worktrees are not known at the moment: what it is called here, and why."""

    on: str
    what: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What `wt.list` tells of a project.

    Attributes:
        project: Its name.
        main: The main checkout.
        worktrees: All others.
        silence: Why nothing of what Docker knows is in it: an error's three parts; empty where it is.
        absent: The machines whose worktrees are not in it.
    """

    project: str
    main: MainCheckout
    worktrees: tuple[Worktree, ...] = ()
    silence: tuple[str, ...] = ()
    absent: tuple[Absent, ...] = ()
