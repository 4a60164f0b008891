"""The phase of a stack: the one word that tells whether it can be worked with, and what is missing if not."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .compose.containers import ListedContainer
    from .states import Phase, State
    from .worktree_result import ServiceState

__all__ = ["UP", "phase_of", "unreachable"]

# The states of a stack of which something runs.
UP = ("running", "starting", "partial")
# What is not up yet, and may well be in a moment.
_COMING = ("created", "starting")
# Containers with these have no networks of their own that one could attach.
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
        made: Whether its making ended, and no removal began.
        working: Whether a command works on it now.
        lacking: The shared services that it cannot reach.

    Returns:
        `booting`, `ready`, `degraded`, `stopped`, `half-made`, `missing` or `unmanaged`; `unknown` where
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
        wanted: The shared services that it counts on.
        mains: Main's containers, by service.
        network: The stack's network.
    """
    return tuple(name for name in wanted if not _reached(mains.get(name), network))


def _reached(container: ListedContainer | None, network: str | None) -> bool:
    if container is None or container.state != "running":
        return False
    attached = container.networks - {*_ELSEWHERE}
    return not attached or network is None or network in attached
