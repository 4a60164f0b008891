"""Queues: where a project's workers take their jobs from, and what separates those of a worktree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass, field
from ..env import brokers
from ..env.address_targets import BROKERS
from .queue_address import NO_QUEUE, NO_VARIABLE, Reach

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ..env.address_targets import Surroundings
    from .queue_address import Worker

__all__ = ["BY_SETTING", "Queues", "find_queues", "is_own_broker", "servers_of"]

_BROKER_KEY = re.compile(r"(?:.*_)?BROKER_URL", re.IGNORECASE)
BY_SETTING = "wt.queues: own"


@dataclass(frozen=True, slots=True)
class Queues:
    """What is known about a project's queues.

    Attributes:
        keys: The variables that name them, which change in a worktree.
        mixed: Those whose database may contain more than a queue, each with the worker that uses it.
        added: Optional variables of tools, with their defaults, which main uses.
        alone: Servers that have to be the worktree's own because no variable separates the queue, and why.
        crossing: A line for each queue that nothing separates.
    """

    keys: frozenset[str] = frozenset()
    mixed: Mapping[str, str] = field(default_factory=dict)
    added: Mapping[str, str] = field(default_factory=dict)
    alone: Mapping[str, str] = field(default_factory=dict)
    crossing: tuple[str, ...] = ()


def find_queues(
    workers: Iterable[Worker],
    values: Mapping[str, str],
    around: Surroundings,
    *,
    own: Mapping[str, str | None] | None = None,
    configured: Collection[str] = (),
) -> Queues:
    """Return where a project's queues are.

    Args:
        workers: Its own services that take jobs.
        values: The values of all own services and of the env files.
        around: The shared services; it has to have a virtual host.
        own: The own services, and the kind of data server that each is.
        configured: Keys that are for brokers according to the settings.
    """
    by_name = {key for key in values if key in (*BROKERS, *configured) or _BROKER_KEY.fullmatch(key)}
    ways = [Reach(worker, duty, around, by_name, own or {}) for worker in workers for duty in worker.duties]
    keys, crossing = set(by_name), list[str]()
    mixed, added, alone = dict[str, str](), dict[str, str](), dict[str, str]()
    for way in ways:
        found = way.keys()
        keys |= found
        mixed |= {key: way.words for key in sorted(found - by_name) if way.is_mixed(key)}
        besides = tuple(way.crossing_besides())
        if found:
            crossing += besides
        elif variable := way.added():
            added |= variable
            mixed |= {key: way.words for key in variable if way.is_mixed(key)}
        elif servers := way.alone():
            alone = servers | alone
            crossing += besides
        else:
            crossing += besides or way.crossing()
    known = {**added, **values}
    places = {place for key in mixed for place in _places(key, known, around)}
    # Programs that add jobs may use another variable for the same queue.
    for key in values:
        if _places(key, values, around) & places and not NO_QUEUE.search(key):
            keys.add(key)
    # A virtual host contains nothing but jobs.
    mixed = {key: words for key, words in mixed.items() if brokers.redis_places(key, known, around)}
    return Queues(frozenset({*keys, *added}), mixed, added, alone, tuple(dict.fromkeys(crossing)))


def is_own_broker(reason: str) -> bool:
    """Return whether a service is own because of a queue on it."""
    return reason == BY_SETTING or reason.endswith(NO_VARIABLE)


def servers_of(queues: Queues, values: Mapping[str, str], around: Surroundings) -> tuple[str, ...]:
    """Return the shared servers of the queues that can move."""
    places = (place for key in values if key in queues.keys for place in _places(key, values, around))
    return tuple(sorted({service for service, _ in places}))


def _places(
    key: str, values: Mapping[str, str], around: Surroundings
) -> set[tuple[str, int] | tuple[str, str]]:
    return {*brokers.redis_places(key, values, around), *brokers.virtual_hosts(key, values, around)}
