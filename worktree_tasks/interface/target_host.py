"""Which machine a task runs on, and which worktree there it is about."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..configuration.previous_checkout import far_worktree
from ..lazy_modules import later
from ..machine import known_projects
from ..quick_dataclasses import dataclass

if TYPE_CHECKING:
    from invoke.context import Context

    from ..configuration import hosts
    from ..configuration.hosts import Host
    from ..store import FarWorktree
    from .session import Session
else:
    # Most tasks run here.
    (hosts,) = later(__package__, "..configuration.hosts")

__all__ = ["RemoteWorktree", "chosen_host", "host_and_name", "remote_worktree"]


@dataclass(slots=True, frozen=True)
class RemoteWorktree:
    """A machine, and the worktree there."""

    host: Host
    tree: FarWorktree


def chosen_host(c: Context, on: str | None, session: Session) -> Host | None:
    """Return the machine that a task should run on; None for this one.

    It is the named one; else that of a Fabric context; else that of the setting `on`.

    Args:
        c: The context of the task, which is a connection under `fab -H`.
        on: The task's `--on`.
        session: The task's session.

    Raises:
        BadUse: It cannot be the name of a machine.
    """
    settings = session.settings()
    connected = _connected(c) if on is None and "fabric" in sys.modules else None
    named = on or settings.on
    return connected or (hosts.find_host(named, settings.hosts) if named else None)


def host_and_name(
    c: Context, on: str | None, word: str | None, session: Session
) -> tuple[Host | None, str | None]:
    """Return the machine that a task runs on, and what its NAME is there.

    If no machine is given, it is the one that has a worktree of that name.

    Args:
        c: The context of the task.
        on: The task's `--on`.
        word: Its NAME; None if it has none.
        session: The task's session.

    Raises:
        BadUse: The name cannot be a machine's, or worktrees of that name are here and on another machine.
    """
    host = chosen_host(c, on, session)
    if word is None:
        return host, None
    tree = far_worktree(word, known_projects.known(), on=host.name if host else None)
    if tree is None or tree.on is None:
        return host, word
    return host or hosts.find_host(tree.on, session.settings().hosts), tree.name


def remote_worktree(c: Context, session: Session, name: str, on: str | None) -> RemoteWorktree | None:
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


def _connected(c: Context) -> Host | None:
    """Return the address that a Fabric context is connected to; None for any other context."""
    from fabric import Connection  # noqa: PLC0415 - loaded already

    if not isinstance(c, Connection):
        return None
    # Leave out what OpenSSH's configuration already has for the host.
    user = f"{c.user}@" if c.user != c.ssh_config.get("user", c.config.user) else ""
    port = f":{c.port}" if int(c.port) != int(c.ssh_config.get("port", c.config.port)) else ""
    name = c.original_host
    return hosts.Host(name, f"ssh://{user}{name}{port}" if port else f"{user}{name}")
