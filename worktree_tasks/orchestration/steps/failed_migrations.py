"""Explain a failed migration: the shared database is ahead of the branch."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import TYPE_CHECKING

from ... import git
from ...configuration.drift.framework import called
from ...configuration.failed_migrations import FOLDERS, ahead_hint, ahead_words, recognize_ahead
from ...errors import WorktreeTasksError
from ..databases.database_engine_table import KINDS
from .other_checkouts import checkout_name, seen_elsewhere
from .shared_databases import sql_services

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ...configuration.compose.service_roles import Service
    from ...configuration.failed_migrations import Ahead
    from ...git import Entry
    from .project import Project
    from .worktree_handle import Tree

__all__ = ["explain_ahead"]


def explain_ahead(project: Project, tree: Tree | None, lines: Sequence[str]) -> tuple[str, str] | None:
    """Return why a migration failed and a hint, if the shared database is ahead of the branch.

    Args:
        project: The project.
        tree: The worktree in whose stack it failed; None for main's.
        lines: The last lines of the service's output.
    """
    ahead = recognize_ahead(lines)
    servers = _shared_servers(project, tree) if ahead else ()
    if ahead is None or not servers:
        return None
    here = tree.record.path if tree else project.main
    owners: list[tuple[Entry, str]] = []
    with suppress(WorktreeTasksError):
        mine = frozenset(git.listed(here, FOLDERS))
        if ahead.migration and any(called(ahead.migration, mine)):
            return None  # the running code is older than the branch, or the branch's own migration failed
        owners = seen_elsewhere(
            project,
            here,
            lambda root: next((one for one in _candidates(ahead, root) if one not in mine), None),
        )
    if not (owners or ahead.sure):
        return None
    services = [one.name for one in servers]
    words = ahead_words(ahead, services, [(checkout_name(project, one), file) for one, file in owners])
    owner_branch = next((shlex.quote(one.branch) for one, _ in owners if one.branch), None)
    name, branch = (tree.record.name, shlex.quote(tree.record.branch)) if tree else (None, "")
    copied = all(one.kind in KINDS for one in servers)
    return words, ahead_hint(name, branch, services, owner_branch, copied=copied)


def _shared_servers(project: Project, tree: Tree | None) -> tuple[Service, ...]:
    """Return the shared servers on which a stack uses main's databases."""
    if tree is None:
        return sql_services(project.services)
    own = {service for service, _ in tree.databases} if tree.record.database != "shared" else set()
    return tuple(one for one in sql_services(tree.services) if one.name not in own)


def _candidates(ahead: Ahead, root: Path) -> Iterator[str]:
    if ahead.migration:
        yield from called(ahead.migration, git.listed(root, FOLDERS))
    for word in (ahead.migration,) if ahead.migration else ahead.made:
        yield from git.mentioning(root, word, FOLDERS)
