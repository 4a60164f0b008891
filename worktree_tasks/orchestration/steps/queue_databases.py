"""The Redis databases of a worktree's job queues: leased, claimed while empty, emptied at the end."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ...configuration.compose.role_changes import RoleChange
from ...configuration.env import brokers
from ...lazy_values import once_each
from .address_targets import all_values, queues_of, shared_surroundings, surroundings
from .redis_queries import DATABASES, empty_database, room_of, size_of
from .unrecorded_worktrees import broker_databases_elsewhere

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ...configuration.env.brokers import RedisServer
    from .worktree_handle import Tree

__all__ = [
    "awaits_broker",
    "claim_broker",
    "empty_broker",
    "first_place",
    "lease_again",
    "lease_broker",
    "own_where_full",
    "planned_databases",
    "queue_change",
    "renew_broker",
]


def lease_broker(tree: Tree) -> None:
    """Lease a Redis database for each of main's with a queue, so that no worker runs another stack's jobs."""
    values = all_values(tree)
    around = surroundings(tree, ())
    crossing = list(brokers.unseparated(values, around))
    places = _places(tree, values)
    for place in places[:1] if tree.record.broker_database is None else ():
        tree.lease("broker_database", partial(_first_free, _candidates(tree, values, place[0])))
        crossing += _keys_at(place, values, tree) if tree.record.broker_database is None else ()
    for place in places[1:]:
        if place not in tree.queues:
            choose = partial(_first_free, _candidates(tree, values, place[0]))
            tree.project.store.lease_queue(tree.record, *place, choose)
            crossing += () if place in tree.queues else _keys_at(place, values, tree)
    for key in dict.fromkeys(crossing):
        tree.project.progress.note(
            f"{key} stays shared with main and the other worktrees, whose workers may take this one's jobs:"
            " give Redis more --databases, or set wt.queues: own; then run"
            f" wt.start {tree.record.name} --renew"
        )


def lease_again(tree: Tree, former: Mapping[tuple[str, int], int]) -> None:
    """Lease again the further databases that a worktree had, as far as they are still free."""
    for place, own in former.items():
        if place not in tree.queues:
            tree.project.store.lease_queue(tree.record, *place, partial(_first_free, (own,)))


def first_place(tree: Tree) -> tuple[str, int] | None:
    """Return the database of main's that the worktree's `broker_database` replaces; None without queues."""
    return next(iter(_places(tree, all_values(tree))), None)


def _first_free(candidates: Iterable[int], held: Collection[object]) -> int | None:
    return next((number for number in candidates if number not in held), None)


def _places(tree: Tree, values: Mapping[str, str]) -> tuple[tuple[str, int], ...]:
    """Return main's databases that have queues, with their services; brokers come before result stores."""
    around = surroundings(tree, ())
    values = {**around.added, **values}
    keys = [key for key in values if key in around.brokers]
    found = [
        place
        for key in sorted(keys, key=lambda key: ("BROKER" not in key.upper(), "RESULT" in key.upper()))
        for place in brokers.redis_places(key, values, around)
    ]
    return tuple(dict.fromkeys(found))


def _keys_at(place: tuple[str, int], values: Mapping[str, str], tree: Tree) -> tuple[str, ...]:
    around = surroundings(tree, ())
    return tuple(
        key for key in values if key in around.brokers and place in brokers.redis_places(key, values, around)
    )


def awaits_broker(tree: Tree) -> bool:
    """Return whether a restored worktree gets another Redis database at its first start: its own is taken."""
    record = tree.record
    if not record.restored or record.compose_project is not None or record.broker_database is not None:
        return False
    return bool(_places(tree, all_values(tree)))


def planned_databases(tree: Tree, held: Collection[object]) -> tuple[int | None, dict[tuple[str, int], int]]:
    """Return the Redis databases that a worktree's queues would get: the first one, and the further ones.

    Args:
        tree: The worktree.
        held: The databases that other worktrees have.
    """
    values = all_values(tree)
    places = _places(tree, values)
    taken = {*held, tree.record.broker_database}
    chosen: dict[tuple[str, int], int] = {}
    number = tree.record.broker_database
    for place in places:
        if place == places[0] and number is not None:
            continue
        own = tree.queues.get(place) or _first_free(_candidates(tree, values, place[0]), taken)
        if own is not None:
            chosen[place] = own
            taken.add(own)
    if places and number is None:
        number = chosen.pop(places[0], None)
    return number, chosen


def _candidates(tree: Tree, values: Mapping[str, str], service: str) -> tuple[int, ...]:
    """Return the databases of a shared Redis that the project does not name and that are empty."""
    limit, filled = _room(tree).get(service, (DATABASES, None))
    # Laravel's cache uses database 1 by default.
    usual = {1} if queues_of(tree).added else set[int]()
    used = usual | brokers.redis_databases(values) | (filled or set())
    used |= broker_databases_elsewhere(tree.project)
    return tuple(number for number in range(1, limit) if number not in used)


@once_each
def _room(tree: Tree) -> dict[str, tuple[int, frozenset[int] | None]]:
    """Return how many databases each Redis of the queues has, and which are not empty, None if unknown."""
    servers = brokers.redis_servers(all_values(tree), surroundings(tree, ()))
    return {server.service: room_of(tree.project, server) for server in servers}


def own_where_full(tree: Tree) -> tuple[str, ...]:
    """Return the shared Redis servers that have no free database left for a new worktree."""
    held = tree.project.store.held(tree.record, "broker_database")
    if tree.roles or tree.wanted or tree.record.broker_database is not None:
        return ()
    places = _places(tree, all_values(tree))
    number, further = planned_databases(tree, held) if places else (None, {})
    lacking = [place for place in places if place not in further and (place != places[0] or number is None)]
    return tuple(dict.fromkeys(service for service, _ in lacking))


def queue_change(tree: Tree) -> tuple[RoleChange, ...]:
    """Return how the leased Redis database would change now: main uses it itself, or no worker needs it."""
    number = tree.record.broker_database
    values = all_values(tree)
    if number is None:
        return ()
    subject = "the Redis database of the job queue"
    places = _places(tree, values)
    if not places:
        return (RoleChange(subject, str(number), "none", "no worker of this worktree has a Redis broker"),)
    mains = brokers.redis_databases(values)
    named = [one for one in (number, *tree.queues.values()) if one in mains]
    if not named:
        return ()
    held = tree.project.store.held(tree.record, "broker_database")
    renewed = _first_free(_candidates(tree, values, places[0][0]), held)
    return (RoleChange(subject, str(named[0]), str(renewed or "shared"), f"main uses {named[0]} itself"),)


def renew_broker(tree: Tree) -> str | None:
    """Give up the Redis databases of a stopped worktree; return what happened to its jobs, in words."""
    outcome = empty_broker(tree)
    tree.update(broker_database=None, broker_service=None)
    tree.project.store.drop_queues(tree.record)
    return outcome


def claim_broker(tree: Tree) -> None:
    """Record which Redis databases are empty before the stack uses them: only these may be emptied later."""
    record, values = tree.record, all_values(tree)
    places = _places(tree, values) if record.broker_service is None else ()
    number = record.broker_database
    if places and number is not None and _is_empty(tree, values, places[0][0], number):
        tree.update(broker_service=places[0][0])
    for queue in tree.project.store.queues(tree.record):
        if not queue.claimed and _is_empty(tree, values, queue.service, queue.own):
            tree.project.store.claim_queue(tree.record, queue)


def _is_empty(tree: Tree, values: Mapping[str, str], service: str, number: int) -> bool:
    """Return whether a database is empty, by what its Redis answered earlier in this command, if it did."""
    _, filled = _room(tree).get(service, (DATABASES, None))
    if filled is not None:
        return number not in filled
    # A user who may not list all databases may still ask for the size of one.
    server = _server(tree, values, service)
    return server is not None and size_of(tree.project, server, number) == 0


def empty_broker(tree: Tree) -> str | None:
    """Empty the Redis databases that were claimed for a worktree.

    Returns:
        What was done or why not, in words; None if nothing was claimed, or everything was empty.
    """
    claimed = [(one.service, one.own) for one in tree.project.store.queues(tree.record) if one.claimed]
    if tree.record.broker_database is not None and tree.record.broker_service is not None:
        claimed.insert(0, (tree.record.broker_service, tree.record.broker_database))
    outcomes = [_emptied(tree, service, number) for service, number in claimed]
    return "; ".join(filter(None, outcomes)) or None


def _emptied(tree: Tree, service: str, number: int) -> str | None:
    where = f"Redis database {number} of {service}"
    values = all_values(tree)
    server = _server(tree, values, service)
    if server is None or number in brokers.redis_databases(values):
        return f"{where} was not emptied: main's settings have changed"
    before, size = empty_database(tree.project, server, number)
    if before == 0:
        return None
    return f"{where} emptied" if size == 0 else f"{where} was not emptied: it does not answer"


def _server(tree: Tree, values: Mapping[str, str], service: str) -> RedisServer | None:
    """Return a shared Redis of the queues, with the credentials for it; None if there is none."""
    found = brokers.redis_servers(values, shared_surroundings(tree))
    return next((one for one in found if one.service == service), None)
