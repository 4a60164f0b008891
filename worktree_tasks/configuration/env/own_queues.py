"""A worktree's own queues: which values name them in place of main's, and where they are in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .address_parts import names_server
from .brokers import redis_places, separate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .address_targets import Surroundings

__all__ = ["added_queues", "moved_queues"]


def moved_queues(values: Mapping[str, str], around: Surroundings) -> dict[str, tuple[str, str]]:
    """Return the new values of all variables of queues, each with the reason."""
    return {
        key: (separate(key, values, around), _where(key, values, around))
        for key in values
        if key in around.brokers
    }


def added_queues(values: Mapping[str, str], around: Surroundings) -> dict[str, tuple[str, str]]:
    """Return the variables that values lack, by which tools reach a queue whose server the values name."""
    found = {}
    for key, default in around.added.items():
        beside = {**values, key: default}
        if key in values or not names_server(key, values) or not redis_places(key, beside, around):
            continue
        if (new := separate(key, beside, around)) != default:
            found[key] = (new, _where(key, beside, around))
    return found


def _where(key: str, values: Mapping[str, str], around: Surroundings) -> str:
    """Return where the jobs of this worktree are, in words."""
    numbers = dict.fromkeys(around.database_for(*place) for place in redis_places(key, values, around))
    places = ", ".join(f"Redis database {number}" for number in numbers)
    if key in around.caches:
        return f"what this worktree caches is in {places}"
    return f"jobs of this worktree are in {places or f'virtual host {around.virtual_host}'}"
