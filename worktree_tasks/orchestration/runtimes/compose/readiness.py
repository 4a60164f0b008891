"""Whether a worktree's containers are up: waited for until all answer, one has failed, or the time is up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....configuration.compose.containers import unready
from ....errors import Failure
from ....machine import probe
from ....parallel import each
from ....waiting import wait_while

if TYPE_CHECKING:
    from collections.abc import Collection

    from ....configuration.compose.containers import Container
    from ....configuration.compose.override import Stack
    from ....configuration.ports import Port
    from ....store import Record
    from ...steps.tree import Tree

__all__ = ["kept_hint", "wait_until_ready"]

# Ports on which servers speak first, or not at all to an HTTP request.
_NOT_HTTP = frozenset({22, 25, 1025, 1433, 3306, 5432, 5672, 6379, 9092, 11211, 27017})


def wait_until_ready(tree: Tree, stack: Stack, names: Collection[str]) -> None:
    """Wait until a worktree's own services are up and answer on their ports.

    Args:
        tree: The worktree.
        stack: Its stack.
        names: The services.

    Raises:
        Failure: A service exited, or was not ready within `wt.wait` seconds.
    """
    engine, seconds = tree.project.engine, tree.project.settings.wait
    silent = {port for port in stack.ports if port.service in names and _speaks_http(port)}

    def missing() -> tuple[Container | None, str] | None:
        containers = engine.containers(stack.compose_project)
        for one in containers:
            _refuse_dead(tree, one)
        asked = tuple(silent)
        answers = each(lambda port: probe.answers(int(port.published or 0), host=tree.record.host), asked)
        silent.difference_update(port for port, answer in zip(asked, answers, strict=True) if answer)
        found = {one.service: one for one in containers}
        if late := unready(found, names):
            name, state = next(iter(late.items()))
            return found.get(name), f"{name} is not ready ({state})"
        if silent:
            port = min(silent, key=lambda one: one.published or 0)
            return found.get(port.service), f"{port.service} does not answer on port {port.published}"
        return None

    if last := wait_while(missing, seconds):
        container, what = last
        lines = engine.last_lines(container.id) if container else []
        raise Failure(
            f"{what} after {seconds:g} s{_heard(lines)}", kept_hint(tree.record), lines, kind="not-ready"
        )


def kept_hint(record: Record) -> str:
    """Return the hint of an error that leaves a worktree and its containers to be looked at."""
    return f"the worktree is kept in {record.path}; mend it there, then wt.start {record.name}"


def _speaks_http(port: Port) -> bool:
    return port.published is not None and port.protocol == "tcp" and port.target not in _NOT_HTTP


def _refuse_dead(tree: Tree, container: Container) -> None:
    dead = container.state in ("exited", "dead") and not container.finished
    if dead or container.state == "restarting":
        lines = tree.project.engine.last_lines(container.id)
        raise Failure(
            f"{container.service} exited with code {container.exit_code}{_heard(lines)}"
            if dead
            else f"{container.service} starts again and again{_heard(lines)}",
            kept_hint(tree.record),
            lines,
            kind="service-exited",
        )


def _heard(lines: list[str]) -> str:
    return "; its last lines:" if lines else "; it said nothing"
