"""Recorded decisions on services, and the shared services that a running stack relies on."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .containers import ListedContainer

__all__ = ["Decision", "relied_on"]

# Each reason in `data_servers` contains one of these.
_OF_DATA = ("a data service", "holds data")


class Decision(NamedTuple):
    """The recorded role of a service in one worktree.

    Attributes:
        role: `own` or `shared`.
        reason: The rule that decided then; empty if it is no longer known.
    """

    role: str
    reason: str = ""


def relied_on(recorded: Mapping[str, Decision], mains: Mapping[str, ListedContainer]) -> tuple[str, ...]:
    """Return the shared services that a running stack relies on: data servers, and explicitly shared ones.

    Args:
        recorded: The worktree's decisions, by service.
        mains: Main's containers, by service.
    """
    return tuple(
        name
        for name, one in recorded.items()
        if one.role == "shared" and (_holds_data(one) or _is_on_demand(one, mains.get(name)))
    )


def _holds_data(decision: Decision) -> bool:
    return any(words in decision.reason for words in _OF_DATA)


def _is_on_demand(decision: Decision, container: ListedContainer | None) -> bool:
    """Return whether a service is explicitly shared and has a container that is not a finished job."""
    return decision.reason.startswith("wt.") and container is not None and not container.finished
