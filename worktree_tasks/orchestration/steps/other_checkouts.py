"""The other checkouts of a project, one of whose branches may have migrated the shared database."""

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
    """Yield the other checkouts in which something is seen, main first, each with what that is."""
    for entry in project.worktrees():
        if entry.path == here or entry.bare or not entry.path.is_dir():
            continue
        # One that git cannot read hides none of the others.
        with suppress(WorktreeTasksError):
            if seen := look(entry.path):
                yield entry, seen


def checkout_name(project: Project, entry: Entry) -> str:
    """Return what a checkout is called: `main`, or as the worktree that it is."""
    names = {one.path: one.name for one in project.records()} | {project.main: "main"}
    return names.get(entry.path, entry.path.name)
