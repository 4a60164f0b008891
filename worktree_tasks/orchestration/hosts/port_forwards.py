"""Forward the ports of worktrees on other machines to this one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ...configuration.hosts import find_host
from ...configuration.port_forwards import Forward, choose_forwards, localised, published_in
from ...configuration.worktree_result import UP
from ...machine.bound_ports import bound
from ...machine.listeners import listening_ports
from ...quick_dataclasses import replace
from ...store import FarWorktree
from .ssh_connection import Line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from ...configuration.hosts import Host
    from ..steps.project import Project

__all__ = [
    "all_answer",
    "close_forwards",
    "forward_ahead",
    "forwarded",
    "known_worktree",
    "ports_in_use",
    "reopen_forwards",
    "update_forwards",
]


def forward_ahead(project: Project, host: Host, name: str) -> dict[int, int]:
    """Forward the known ports of a worktree before its stack starts, so that the stack can use their numbers.

    Args:
        project: The project.
        host: The worktree's machine.
        name: The worktree's slug.

    Returns:
        The local number of each port there, as far as the ports are known.

    Raises:
        HostUnavailable: The machine cannot be reached.
        Failure: There is no free port here.
    """
    known = known_worktree(project, host, name)
    if known is None or not known.ports:
        return {}
    ports = forwarded(project, Line(host), known.ports, known.ports)
    project.store.remember_far(project.entry, [replace(known, ports=ports, forwarded=True)])
    return ports


def update_forwards(project: Project, host: Host, document: Mapping[str, Any]) -> dict[str, Any]:
    """Forward the ports of a worktree if its stack is up, and record the worktree.

    Args:
        project: The project.
        host: The worktree's machine.
        document: The machine's document about it.

    Returns:
        The document, with the ports and URLs on this machine.

    Raises:
        HostUnavailable: The machine cannot be reached.
        Failure: There is no free port here.
    """
    known = known_worktree(project, host, document["name"])
    up = document.get("state") in UP
    ports = dict(known.ports) if known else {}
    if up:
        ports = forwarded(project, Line(host), published_in(document.get("services")), ports)
    tree = FarWorktree(host.name, document["name"], document.get("branch"), document["path"], ports, up)
    project.store.remember_far(project.entry, [tree])
    return {**localised(dict(document), ports), "on": host.name}


def close_forwards(project: Project, host: Host, name: str, *, gone: bool = False) -> None:
    """Stop forwarding the ports of a worktree; the connection is closed with the last one.

    Args:
        project: The project.
        host: The worktree's machine.
        name: The worktree's slug.
        gone: Whether the worktree no longer exists.
    """
    known = known_worktree(project, host, name)
    if known is None:
        return
    line = Line(host)
    if known.forwarded and line.is_open():
        line.cancel(Forward(local, far) for far, local in known.ports.items())
    if gone:
        project.store.forget_far(project.entry, host.name, [name])
    else:
        project.store.remember_far(project.entry, [replace(known, forwarded=False)])
    if not any(tree.forwarded and _is_on(project, tree, host) for tree in project.store.far_worktrees()):
        line.close()


def reopen_forwards(project: Project, host: Host, line: Line) -> None:
    """Forward again all ports of a machine that should be forwarded, over an open connection."""
    for tree in project.store.far_worktrees(project.entry):
        if tree.host == host.name and tree.forwarded and not all_answer(tree):
            ports = forwarded(project, line, tree.ports, tree.ports)
            if ports != tree.ports:
                project.store.remember_far(project.entry, [replace(tree, ports=ports)])


def all_answer(tree: FarWorktree) -> bool:
    """Return whether something listens here on all ports of a worktree, which is most likely OpenSSH."""
    return all(bound(local, "tcp", "127.0.0.1") for local in tree.ports.values())


def known_worktree(project: Project, host: Host, name: str) -> FarWorktree | None:
    """Return what is recorded of a worktree on a machine."""
    trees = project.store.far_worktrees(project.entry)
    return next((tree for tree in trees if (tree.host, tree.name) == (host.name, name)), None)


def ports_in_use(project: Project) -> frozenset[int]:
    """Return the ports that a worktree on another machine should avoid: those in use or leased here."""
    answered = {local for tree in project.store.far_worktrees() for local in tree.ports.values()}
    return frozenset(_leased(project) | answered | listening_ports())


def forwarded(project: Project, line: Line, far: Iterable[int], known: Mapping[int, int]) -> dict[int, int]:
    """Forward ports of a machine, and return the local number of each.

    Known ports keep their local number, unless something else has taken it, and stay in the result.

    Raises:
        HostUnavailable: The machine cannot be reached.
        Failure: There is no free port here.
    """
    line.open()
    far = frozenset(far)
    refused = line.forward(Forward(known[port], port) for port in far if port in known)
    ports = {port: local for port, local in known.items() if Forward(local, port) not in refused}
    held = {one.local for one in refused} | _leased(project)
    while missing := far - ports.keys():
        chosen = choose_forwards(missing, partial(_is_taken, held.union(ports.values())))
        # Another program may take a port between the check and the forward.
        refused = line.forward(chosen)
        held |= {one.local for one in refused}
        ports |= {one.far: one.local for one in chosen if one not in refused}
    return ports


def _is_taken(held: Collection[int], port: int) -> bool:
    return port in held or bound(port, "tcp", "127.0.0.1")


def _leased(project: Project) -> set[int]:
    """Return the ports that are leased to worktrees on this machine, running or not."""
    leased = (port.published for ports in project.store.ports().values() for port in ports)
    return {port for port in leased if port}


def _is_on(project: Project, tree: FarWorktree, host: Host) -> bool:
    """Return whether a worktree is on the same machine, whatever the machine's name in the settings."""
    return find_host(tree.host, project.settings.hosts).ssh == host.ssh
