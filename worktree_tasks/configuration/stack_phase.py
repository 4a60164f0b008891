"""The phase of a stack: one word that says whether it is usable; and what it cannot reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .worktree_result import UP

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .compose.containers import ListedContainer
    from .state_words import Phase, State
    from .worktree_result import ServiceState

__all__ = ["phase_of", "unreachable"]

# The states of services that are not up yet, but on their way.
_COMING = ("created", "starting")
# Containers in these networks cannot be attached to others.
_ELSEWHERE = ("host", "none")


def phase_of(
    state: State,
    services: Mapping[str, ServiceState],
    *,
    made: bool = True,
    working: bool = False,
    lacking: Iterable[str] = (),
) -> Phase:
    """Return the phase of a worktree.

    Args:
        state: Its state.
        services: Its services.
        made: Whether it was made completely, and no removal has begun.
        working: Whether a command is working on it.
        lacking: The shared services that it cannot reach.

    Returns:
        `booting`, `ready`, `degraded`, `stopped`, `half-made`, `missing` or `unmanaged`; `unknown` if
        Docker does not answer.
    """
    if not made:
        return "booting" if working else "half-made"
    match state:
        case "missing" | "unmanaged" | "unknown":
            return state
    if state not in UP:
        return "booting" if working and state == "created" else "stopped"
    if any(lacking):
        return "degraded"
    if state == "partial":
        waited_for = [one.word for one in services.values() if not (one.well or one.done)]
        coming = set(waited_for) <= {*_COMING} and "starting" in waited_for
        return "booting" if coming else "degraded"
    return "booting" if state == "starting" else "ready"


def unreachable(
    wanted: Iterable[str], mains: Mapping[str, ListedContainer], network: str | None
) -> tuple[str, ...]:
    """Return the shared services that a running stack cannot reach: they are down, or not in its network.

    Args:
        wanted: The shared services that it relies on.
        mains: Main's containers, by service.
        network: The stack's network.
    """
    return tuple(name for name in wanted if not _reached(mains.get(name), network))


def _reached(container: ListedContainer | None, network: str | None) -> bool:
    if container is None or container.state != "running":
        return False
    attached = container.networks - {*_ELSEWHERE}
    return not attached or network is None or network in attached
