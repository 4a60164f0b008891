"""What belongs to a worktree's stack in Docker: what has its key as a label, in the recorded compose project.

The key alone is not enough: people copy labels, even into main's compose files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.compose.labels import KEY, STACK

if TYPE_CHECKING:
    from ...configuration.compose.containers import Container, ListedContainer
    from ...engine.api import Engine
    from ...store import Record

__all__ = ["is_of", "own_containers", "own_volumes"]


def is_of(record: Record, container: ListedContainer) -> bool:
    """Return whether a container belongs to a worktree's stack."""
    return bool(record.compose_project) and (container.key, container.project) == (
        record.key,
        record.compose_project,
    )


def own_containers(engine: Engine, record: Record) -> tuple[Container, ...]:
    """Return the containers of a worktree's stack, stopped ones included."""
    return engine.labelled(*_labels(record)) if record.compose_project else ()


def own_volumes(engine: Engine, record: Record) -> tuple[str, ...]:
    """Return the names of the volumes that a worktree's stack made."""
    return tuple(engine.volumes(*_labels(record))) if record.compose_project else ()


def _labels(record: Record) -> tuple[str, str]:
    return f"{KEY}={record.key}", f"{STACK}={record.compose_project}"
