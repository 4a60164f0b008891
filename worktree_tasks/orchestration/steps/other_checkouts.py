"""Search a project's other checkouts: one of their branches may have migrated the shared database."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from ...errors import WorktreeTasksError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ...git import Entry
    from .project import Project

__all__ = ["checkout_name", "seen_elsewhere"]

Seen = TypeVar("Seen")


def seen_elsewhere(
    project: Project, here: Path, look: Callable[[Path], Seen | None]
) -> Iterator[tuple[Entry, Seen]]:
    """Yield the other checkouts for which `look` finds something, main first, each with the finding."""
    for entry in project.worktrees():
        if entry.path == here or entry.bare or not entry.path.is_dir():
            continue
        # A checkout that git cannot read must not hide the others.
        with suppress(WorktreeTasksError):
            if seen := look(entry.path):
                yield entry, seen


def checkout_name(project: Project, entry: Entry) -> str:
    """Return the name of a checkout: `main`, or the worktree's name."""
    names = {one.path: one.name for one in project.records()} | {project.main: "main"}
    return names.get(entry.path, entry.path.name)
