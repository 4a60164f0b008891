"""The stack of one worktree: everything about it that differs from main's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass, field
from .labels import KEY, LABEL, MAIN, PROJECT, WORKTREE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..ports import Port
    from .git_access import GitAccess, GitDirectory
    from .service_roles import Service

__all__ = ["MainVolume", "Stack", "labels", "literal", "service_labels"]


@dataclass(frozen=True, slots=True)
class MainVolume:
    """One of main's volumes, which a worktree's own services share with shared services.

    Attributes:
        name: Docker's name for it.
        users: The shared services that use it.
        writers: The services that may write to it according to main's compose files.
    """

    name: str
    users: tuple[str, ...]
    writers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Stack:
    """The facts about one worktree's stack.

    Attributes:
        key: The record's key, which is in the labels.
        project: Main's compose project.
        name: The worktree's slug.
        compose_project: The stack's compose project.
        network: The network that its services are in.
        services: All services with the decisions on them.
        ports: The own services' ports, with the worktree's numbers.
        bind: The address that ports are published on.
        main: The main checkout's real path.
        directory: The worktree's path.
        images: The image tag of each own service whose image the project builds.
        environment: Values that no env file can set, by service.
        arguments: Build arguments that would otherwise point to main, by service.
        containers: Main's containers of shared services, by service, for references to them.
        share_names: Whether other worktrees can reach the own services as `<service>-<slug>`.
        outside: Paths outside main that main's services use.
        real: The real paths of those that contain symbolic links.
        branch: The branch that the worktree was created for.
        slot: Its N.
        mains_volumes: The volumes of main that it mounts, by key.
        git_directory: The git directory of the worktree; None if no container has it.
        git_access: Whether git works in containers of own services, by service.
        image_environment: The settings for git in the environments of their images, by service.
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
    """Return the labels of everything in a worktree's stack."""
    return {KEY: stack.key, PROJECT: stack.project, WORKTREE: stack.name, MAIN: literal(stack.main)}


def service_labels(stack: Stack) -> dict[str, str]:
    """Return the labels of a service, from which a lost record can be rebuilt."""
    branch_and_slot = {f"{LABEL}.branch": literal(stack.branch), f"{LABEL}.slot": str(stack.slot or "")}
    return {**labels(stack), **{name: value for name, value in branch_and_slot.items() if value}}


def literal(text: str) -> str:
    """Return a text escaped so that Compose expands no variables in it."""
    return text.replace("$", "$$")
