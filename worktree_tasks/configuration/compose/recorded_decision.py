"""Recorded decisions on services, and the shared services that a running stack relies on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...lazy_modules import later
from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from . import stack_state
    from .containers import ListedContainer
else:
    (stack_state,) = later(__package__, ".stack_state")

__all__ = ["Decision", "relied_on"]

# Each reason in `data_servers` contains one of these.
_OF_DATA = ("a data service", "holds data")


@dataclass(slots=True, frozen=True)
class Decision:
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
    lasting = mains.keys() - stack_state.finished_jobs(mains.values(), ())
    return tuple(
        name
        for name, one in recorded.items()
        if one.role == "shared" and (_holds_data(one) or (_is_explicit(one) and name in lasting))
    )


def _holds_data(decision: Decision) -> bool:
    return any(words in decision.reason for words in _OF_DATA)


def _is_explicit(decision: Decision) -> bool:
    return decision.reason.startswith("wt.")
