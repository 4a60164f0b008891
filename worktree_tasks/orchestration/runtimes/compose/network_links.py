"""Links of containers to networks, and those to missing ones, which prevent a container from starting."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ....engine.api_errors import EngineRefused, Gone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ....configuration.compose.containers import Container
    from ...steps.project import Project

__all__ = ["dead_links", "detach", "is_worktrees", "links_of", "living_networks"]


def living_networks(project: Project) -> Mapping[str, str]:
    """Return the ids of all existing networks, by name."""
    return {network.name: network.id for network in project.engine.networks()}


def links_of(project: Project, container: Container) -> dict[str, Any]:
    """Return the engine's settings of a container in each of its networks, by the network's name."""
    settings = project.engine.inspect(container.id)["NetworkSettings"]
    return {name: spec or {} for name, spec in (settings.get("Networks") or {}).items()}


def detach(project: Project, container: Container, network: str) -> None:
    """Detach a container from a network, by its name; the engine may have done it for a killed command.

    By its id, the engine finds no network that is gone.
    """
    try:
        project.engine.disconnect(container.id, network)
    except EngineRefused:
        with suppress(Gone):
            if network in links_of(project, container):
                raise


def dead_links(project: Project, container: Container, alive: Mapping[str, str]) -> Iterator[str]:
    """Yield the missing networks of a container, even if a new one has the same name."""
    for name, spec in links_of(project, container).items():
        gone = name not in alive or spec.get("NetworkID") not in ("", None, alive[name])
        if gone and name not in ("host", "none"):
            yield name


def is_worktrees(project: Project, network: str) -> bool:
    """Return whether a missing network was a worktree's, by its name, since its labels are gone."""
    plain = f"{project.name}_worktree_"
    return (
        network.lstrip("z").removeprefix("_").startswith(plain)
        or any(one.network == network for one in project.records())
        or network.startswith(plain)
    )
