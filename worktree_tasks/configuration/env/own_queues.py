"""A worktree's own queues: the values that name them in place of main's, and their places in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...quick_dataclasses import replace
from .address_parts import names_server
from .brokers import redis_databases, redis_places, separate, virtual_hosts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .address_targets import Surroundings

__all__ = ["added_queues", "moved_queues", "replaced_databases"]


def moved_queues(values: Mapping[str, str], around: Surroundings) -> dict[str, tuple[str, str]]:
    """Return the new values of all queue and cache variables that move, each with the reason."""
    moved = {
        key: (separate(key, values, around), _where(key, values, around))
        for key in values
        if key in around.brokers
    }
    back = {key: _in_mains(key, values, around) for key in values if key in around.main_caches}
    return moved | {key: (new, "its cache is main's, as its database is") for key, new in back.items()}


def added_queues(values: Mapping[str, str], around: Surroundings) -> dict[str, tuple[str, str]]:
    """Return missing variables that put a tool's queue into the worktree's database."""
    found = {}
    for key, default in around.added.items():
        beside = {**values, key: default}
        if key in values or not names_server(key, values) or not redis_places(key, beside, around):
            continue
        if (new := separate(key, beside, around)) != default:
            found[key] = (new, _where(key, beside, around))
    return found


def replaced_databases(
    mains: Mapping[str, str], here: Mapping[str, str], around: Surroundings
) -> dict[tuple[str, int], int]:
    """Return the Redis databases that only a worktree's values name, by those of main's that they replace."""
    taken = redis_databases(mains)
    found: dict[tuple[str, int], int] = {}
    for key in (key for key in mains if key in here):
        theirs, ours = redis_places(key, mains, around), redis_places(key, here, around)
        for place, (_, number) in zip(theirs, ours, strict=False) if len(theirs) == len(ours) else ():
            if number not in {*taken, *found.values()}:
                found.setdefault(place, number)
    return found


def _in_mains(key: str, values: Mapping[str, str], around: Surroundings) -> str:
    """Return a cache's value with main's Redis databases in place of the worktree's own."""
    own = {around.broker_database, *around.queues.values()}
    pairs = zip(redis_places(key, values, around), around.main_caches[key], strict=False)
    mains = {place: number for place, (_, number) in pairs if place[1] in own}
    return separate(key, values, replace(around, former={}, broker_database=None, queues=mains))


def _where(key: str, values: Mapping[str, str], around: Surroundings) -> str:
    """Return in words where this worktree's jobs are."""
    numbers = [around.database_for(*place) for place in redis_places(key, values, around)]
    hosts = [around.virtual_host_for(name) for _, name in virtual_hosts(key, values, around)]
    named = (*(f"Redis database {one}" for one in numbers), *(f"virtual host {one}" for one in hosts))
    places = ", ".join(dict.fromkeys(named))
    if key in around.caches:
        return f"this worktree's cache is in {places}"
    return f"this worktree's jobs are in {places}"
