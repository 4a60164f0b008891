"""The worktree on another machine that a task is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .hosts import host_and_name

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
    """Return the worktree on another machine that a task is about; None for one that would be here.

    Args:
        c: The context of the task.
        session: Around the task.
        name: What the task was given.
        on: The machine that it was told.

    Raises:
        BadUse: Worktrees of several machines bear the name, or none does on the one that was told.
        HostUnavailable: The machine has to be asked, and does not answer.
    """
    host, word = host_and_name(c, on, name, session)
    if host is None or word is None:
        return None
    from ..orchestration.hosts.remote_place import place_on  # noqa: PLC0415 - most worktrees are here

    return RemoteWorktree(host, place_on(session.project, host, word))
