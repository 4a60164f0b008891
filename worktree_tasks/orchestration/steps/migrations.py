"""Whether the shared database is ahead of a branch: told while the stack starts, or why it failed."""

from __future__ import annotations

import re
import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

from ... import git
from ...configuration.failed_migrations import FOLDERS, ahead_hint, ahead_words, recognize_ahead
from ...configuration.migrations import folders, migration_note, parse_applied, unknown
from ...errors import WorktreeTasksError
from .databases import ask_postgres, postgres_services, sql_services

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from ...configuration.failed_migrations import Ahead
    from ...git import Entry
    from .project import Project
    from .tree import Tree

__all__ = ["explain_ahead", "note_migrations"]

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


def explain_ahead(project: Project, tree: Tree | None, lines: Sequence[str]) -> tuple[str, str] | None:
    """Return why a migration failed, where the shared database is ahead of its branch, and what helps.

    Args:
        project: The project.
        tree: The worktree in whose stack it failed; None for main's.
        lines: What the service said last.
    """
    ahead = recognize_ahead(lines)
    services = sql_services((tree or project).services) if ahead else ()
    if ahead is None or not services:
        return None
    here = tree.record.path if tree else project.main
    owners: list[tuple[Entry, str]] = []
    with suppress(WorktreeTasksError):
        mine = frozenset(git.listed(here, FOLDERS))
        if ahead.migration and any(_files(ahead.migration, mine)):
            return None  # what runs is older than the branch, or it is the branch's own that failed
        owners = list(_owners(project, ahead, here, mine))
    if not (owners or ahead.sure):
        return None
    names = {one.path: one.name for one in project.records()} | {project.main: "main"}
    words = ahead_words(ahead, services, [(names.get(one.path, one.path.name), file) for one, file in owners])
    did = next((shlex.quote(one.branch) for one, _ in owners if one.branch), None)
    name, branch = (tree.record.name, shlex.quote(tree.record.branch)) if tree else (None, "")
    return words, ahead_hint(name, branch, services, did)


def _owners(project: Project, ahead: Ahead, here: Path, mine: Collection[str]) -> Iterator[tuple[Entry, str]]:
    """Yield the other checkouts that have a migration which did it, main first, each with its file."""
    for entry in project.worktrees():
        if entry.path == here or entry.bare or not entry.path.is_dir():
            continue
        # One that git cannot read hides none of the others.
        with suppress(WorktreeTasksError):
            file = next((path for path in _candidates(ahead, entry.path) if path not in mine), None)
            if file:
                yield entry, file


def _candidates(ahead: Ahead, root: Path) -> Iterator[str]:
    if ahead.migration:
        yield from _files(ahead.migration, git.listed(root, FOLDERS))
    for word in (ahead.migration,) if ahead.migration else ahead.made:
        yield from git.mentioning(root, word, FOLDERS)


def _files(migration: str, paths: Iterable[str]) -> Iterator[str]:
    """Yield the files that a migration is called by, itself or the folder around it."""
    called = re.compile(rf"(?<![0-9A-Za-z]){re.escape(migration)}(?![0-9A-Za-z])")
    return (path for path in paths if called.search(path))
