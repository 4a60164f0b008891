"""The worktree on another machine that a task is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .target_host import host_and_name

if TYPE_CHECKING:
    from invoke.context import Context

    from ..configuration.hosts import Host
    from ..store import FarWorktree
    from .session import Session

__all__ = ["RemoteWorktree", "place_of"]


class RemoteWorktree(NamedTuple):
    """A machine, and the worktree there."""

    host: Host
    tree: FarWorktree


def place_of(c: Context, session: Session, name: str, on: str | None) -> RemoteWorktree | None:
    """Return the worktree on another machine that a task is about; None if it would be on this one.

    Args:
        c: The context of the task.
        session: The task's session.
        name: The task's NAME.
        on: The task's `--on`.

    Raises:
        BadUse: Worktrees of that name are on several machines, or none is on the given one.
        HostUnavailable: The machine has to be queried, and does not answer.
    """
    host, word = host_and_name(c, on, name, session)
    if host is None or word is None:
        return None
    from ..orchestration.hosts.remote_worktree_search import place_on  # noqa: PLC0415 - most worktrees are here

    return RemoteWorktree(host, place_on(session.project, host, word))
