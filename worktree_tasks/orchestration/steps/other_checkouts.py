"""Search a project's other checkouts: one of their branches may have migrated the shared database."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from ...errors import WorktreeTasksError
from ...parallel import each

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ...git import Entry
    from .project import Project

__all__ = ["checkout_name", "seen_elsewhere"]

Seen = TypeVar("Seen")
_THREADS = 4


def seen_elsewhere(
    project: Project, here: Path, look: Callable[[Path], Seen | None], *, deadline: float | None = None
) -> list[tuple[Entry, Seen]]:
    """Return the other checkouts for which `look` finds something, main first, each with the finding.

    Args:
        project: The project.
        here: The checkout that is left out.
        look: Looks for something in a directory; it is called for several at a time.
        deadline: When the checkouts that were not begun yet are left out, as `time.monotonic` tells it; never
            by default.
    """

    def finding(entry: Entry) -> Seen | None:
        if deadline is not None and time.monotonic() > deadline:
            return None
        # A checkout that git cannot read must not hide the others.
        with suppress(WorktreeTasksError):
            return look(entry.path)
        return None

    others = [one for one in project.worktrees() if one.path != here and not one.bare and one.path.is_dir()]
    findings = each(finding, others, threads=_THREADS)
    return [(entry, seen) for entry, seen in zip(others, findings, strict=True) if seen]


def checkout_name(project: Project, entry: Entry) -> str:
    """Return the name of a checkout: `main`, or the worktree's name."""
    names = {one.path: one.name for one in project.records()} | {project.main: "main"}
    return names.get(entry.path, entry.path.name)
