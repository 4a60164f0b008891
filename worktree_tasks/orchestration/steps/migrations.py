"""Whether the shared database has gone where a branch has not; told while the stack starts."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from ... import git
from ...configuration.migrations import folders, migration_note, parse_applied, unknown
from ...errors import WorktreeTasksError
from .databases import ask_postgres, postgres_services

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .tree import Tree


__all__ = ["note_migrations"]

_APPLIED = "SELECT app, name FROM django_migrations ORDER BY id"


def note_migrations(tree: Tree) -> None:
    """Say which of the shared database's Django migrations a worktree's branch does not know."""
    with suppress(WorktreeTasksError):
        for line in _lines(tree):
            tree.project.progress.note(line)


def _lines(tree: Tree) -> Iterator[str]:
    services = postgres_services(tree.project)
    if not services or not git.listed(tree.record.path, ["manage.py", "**/manage.py"]):
        return
    known = folders(git.listed(tree.record.path, ["**/migrations/*.py"]))
    for service in services if known else ():
        apart = unknown(parse_applied(ask_postgres(tree.project, service, _APPLIED) or ""), known)
        # What the branch had once was squashed or deleted on purpose.
        foreign = [one for one, path in apart.items() if not git.had(tree.record.path, path)]
        if foreign:
            yield migration_note(service, foreign)
