"""Notes on how a worktree's jobs differ from main's, or mix with them: one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.compose.service_roles import own
from ...configuration.jobs.queues import is_own_broker
from ...configuration.jobs.schedulers import why_held_back
from .address_targets import queues_of
from .queue_databases import own_where_full

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...configuration.compose.service_roles import Service
    from ...configuration.jobs.queues import Queues
    from .worktree_handle import Tree

__all__ = ["all_job_notes", "give_own_brokers", "jobs_apart", "jobs_mixed"]


def give_own_brokers(tree: Tree) -> tuple[str, ...]:
    """Give a new worktree its own Redis where main's has no free database left, as `wt.new --own` would.

    Returns:
        A line for each.
    """
    full = own_where_full(tree)
    tree.wanted |= dict.fromkeys(full, "own")
    return tuple(
        f"{name} has no database left for this worktree's jobs, so the worktree gets its own, empty {name};"
        " redis-server --databases raises the number"
        for name in full
    )


def all_job_notes(tree: Tree, services: Iterable[Service]) -> tuple[str, ...]:
    """Return all notes on jobs for a worktree with its branch's services."""
    services = tuple(services)
    return (*jobs_apart(tree, services), *jobs_mixed(tree, services))


def jobs_apart(tree: Tree, services: Iterable[Service]) -> tuple[str, ...]:
    """Return the notes on what differs from main to keep jobs apart."""
    services = tuple(services)
    return (*_scheduler_notes(services), *_queue_notes(services, queues_of(tree)))


def jobs_mixed(tree: Tree, services: Iterable[Service]) -> tuple[str, ...]:
    """Return the notes on jobs that may run twice, or in another stack."""
    twice = (
        f"{one.name} schedules jobs here too, because it also serves requests"
        f" ({one.duties.schedulers[0]}): each job may be added twice"
        for one in own(services)
        if one.duties.schedulers and one.duties.serves and not one.planner
        if one.command is None
    )
    return (*twice, *queues_of(tree).crossing)


def _held_back(service: Service) -> str:
    """Return why a service is not started, if that is because it schedules jobs."""
    why = why_held_back(service.duties)
    return why if why and service.idle == why else ""


def _scheduler_notes(services: Iterable[Service]) -> Iterator[str]:
    """Yield a line for each own service that schedules jobs in main but not here."""
    for one in own(services):
        if why := _held_back(one):
            yield f"{one.name} is not started: {why}"
        elif one.command is not None:
            yield (
                f"{one.name} schedules no jobs here, because main's does:"
                f" it runs {' '.join(one.command)}; wt.schedulers: {one.name} turns them on"
            )


def _queue_notes(services: Iterable[Service], queues: Queues) -> Iterator[str]:
    """Yield a line for each broker, and each place in a shared broker, that is the worktree's own."""
    for one in own(services):
        if is_own_broker(one.reason):
            yield f"the worktree gets its own, empty {one.name}: {one.reason}"
    for key, words in queues.mixed.items():
        yield (
            f"{key} points to the worktree's own database, because {words} through it: cached data and"
            " sessions move too; give the queue its own database in main to keep them shared"
        )
