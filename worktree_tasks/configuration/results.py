"""A worktree as commands return it, and as its JSON document (schema 1)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

__all__ = [
    "SCHEMA",
    "UNKNOWN",
    "Listing",
    "MainCheckout",
    "PublishedPort",
    "ServiceState",
    "Worktree",
    "WorktreeChanges",
    "document",
]

SCHEMA = 1
# The state of what only Docker knows, while it does not answer.
UNKNOWN = "unknown"
# What only the document of all projects tells.
_OF_ALL = frozenset({"last_commit", "memory"})
# What the errors that stand beside it tell.
_IN_ERRORS = frozenset({"silence"})


@dataclass(frozen=True, slots=True)
class PublishedPort:
    """A port of a service: inside the container, on the host, and as a URL."""

    target: int
    published: int
    url: str


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A service's container: Docker's word for its state, its health (None without a check), its ports."""

    state: str
    health: str | None = None
    ports: tuple[PublishedPort, ...] = ()


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
        services: Its own services, by name.
        database: `shared`, `clone` or `empty`.
        changes: What it holds that others do not; None when its directory is gone.
        merged: How its work got into the base: `same-commit`, `ancestor`, `tree`, `squash` or `patch`.
        locked: Why git holds it; None when it does not.
        last_commit: When its commit was made, in seconds since the epoch; None without one.
        memory: What its stack's containers use, in bytes; None where it was not measured.
    """

    name: str
    branch: str | None
    path: Path
    slot: int | None = None
    url: str | None = None
    compose_project: str | None = None
    state: str = "unmanaged"
    services: Mapping[str, ServiceState] = field(default_factory=dict)
    database: str | None = None
    changes: WorktreeChanges | None = None
    merged: str | None = None
    locked: str | None = None
    last_commit: int | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class MainCheckout:
    """The main checkout: its path, branch, state and services, its commit's time and its stack's memory."""

    path: Path
    branch: str | None
    state: str
    services: Mapping[str, ServiceState] = field(default_factory=dict)
    last_commit: int | None = None
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """What `wt.list` tells of a project.

    Attributes:
        project: Its name.
        main: The main checkout.
        worktrees: All others.
        silence: Why nothing of what Docker knows is in it, and what helps; empty where that is in it.
    """

    project: str
    main: MainCheckout
    worktrees: tuple[Worktree, ...] = ()
    silence: tuple[str, ...] = ()


def document(value: Listing | Worktree | Sequence[Listing]) -> dict[str, Any]:
    """Return the JSON document of a value, with its schema's number; of many projects, one document."""
    if isinstance(value, Listing | Worktree):
        return {"schema": SCHEMA, **_plain(asdict(value), without=_OF_ALL | _IN_ERRORS)}
    return {"schema": SCHEMA, "projects": [_plain(asdict(one), without=_IN_ERRORS) for one in value]}


def _plain(value: Any, *, without: Collection[str] = ()) -> Any:  # noqa: ANN401 - whatever a dataclass holds
    if isinstance(value, dict):
        return {key: _plain(one, without=without) for key, one in value.items() if key not in without}
    if isinstance(value, list | tuple):
        return [_plain(one, without=without) for one in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
