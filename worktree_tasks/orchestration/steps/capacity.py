"""Warn when there is little room for another stack; this never fails a start."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ...configuration.capacity import connection_note, memory_note, parse_connections
from ...errors import WorktreeTasksError
from ...machine.memory import available_memory
from .shared_databases import ask_postgres, postgres_services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .project import Project

__all__ = ["note_capacity"]

_CONNECTIONS = "SELECT count(*), current_setting('max_connections') FROM pg_stat_activity"


def note_capacity(project: Project) -> None:
    """Note when memory or a shared PostgreSQL's connections run low; skip what does not answer."""
    with suppress(WorktreeTasksError):
        for line in _lines(project):
            project.progress.note(line)


def _lines(project: Project) -> Iterator[str]:
    memory = available_memory()
    if memory and (line := memory_note(*memory)):
        yield line
    for service in postgres_services(project):
        found = parse_connections(ask_postgres(project, service, _CONNECTIONS) or "")
        if found and (line := connection_note(service, *found)):
            yield line
