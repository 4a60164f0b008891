"""The stack of one worktree: everything that is true of it and differs from main's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .labels import KEY, LABEL, MAIN, PROJECT, WORKTREE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..ports import Port
    from .git_access import GitAccess, GitDirectory
    from .services import Service

__all__ = [
    "MainVolume",
    "Stack",
    "labels",
    "literal",
    "service_labels",
]


@dataclass(frozen=True, slots=True)
class MainVolume:
    """A volume of main's that a worktree's own services use together with shared ones.

    Attributes:
        name: Docker's name for it.
        users: The shared services that use it.
        writers: The services that main's file lets write to it.
    """

    name: str
    users: tuple[str, ...]
    writers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stack:
    """What is true of one worktree's stack.

    Attributes:
        key: The record's key, which the labels carry.
        project: Main's compose project.
        name: The worktree's slug.
        compose_project: The stack's compose project.
        network: The network that its services are in.
        services: What was decided for every service.
        ports: The own services' ports with the worktree's numbers.
        bind: The address that ports are published on.
        main: The main checkout's real path.
        directory: The worktree's path.
        images: The image tag of own services whose image the project builds.
        environment: Values that no env file can carry, by service.
        arguments: Build arguments that would point to main, by service.
        containers: Main's containers of shared services, by service, for what points at them.
        share_names: Whether other worktrees see the own services under `<service>-<slug>`.
        outside: Paths outside of main that main's services use.
        real: Where those of them lead that are symbolic links, or behind one.
        branch: The branch that the worktree was made for.
        slot: Its N.
        mains_volumes: The volumes of main's that it mounts, by key.
        git_directory: Git's directory of the worktree; None where no container has it.
        git_access: Whether git works in containers of own services, by service.
        image_environment: What the images of those give to git by their environment, by service.
    """

    key: str
    project: str
    name: str
    compose_project: str
    network: str
    services: tuple[Service, ...]
    ports: tuple[Port, ...]
    bind: str
    main: str
    directory: str
    images: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    arguments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    containers: Mapping[str, str] = field(default_factory=dict)
    share_names: bool = False
    outside: frozenset[str] = frozenset()
    real: Mapping[str, str] = field(default_factory=dict)
    branch: str = ""
    slot: int | None = None
    mains_volumes: Mapping[str, MainVolume] = field(default_factory=dict)
    git_directory: GitDirectory | None = None
    git_access: Mapping[str, GitAccess] = field(default_factory=dict)
    image_environment: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def labels(stack: Stack) -> dict[str, str]:
    """Return the labels that everything of a worktree's stack bears."""
    return {
        KEY: stack.key,
        PROJECT: stack.project,
        WORKTREE: stack.name,
        MAIN: literal(stack.main),
    }


def service_labels(stack: Stack) -> dict[str, str]:
    """Return the labels of a service, by which a lost record can be told again."""
    told = {f"{LABEL}.branch": literal(stack.branch), f"{LABEL}.slot": str(stack.slot or "")}
    return {**labels(stack), **{name: value for name, value in told.items() if value}}


def literal(text: str) -> str:
    """Return a text that Compose, which expands variables, reads as it stands."""
    return text.replace("$", "$$")
