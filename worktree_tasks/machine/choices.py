"""What a word of a command line may name, as files tell it: no git, no Docker, nothing written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from .register import references, state_directory

if TYPE_CHECKING:
    from ..configuration.whereabouts import Home

__all__ = ["restore_points", "services"]

_BUSY_SECONDS = 1.0
_SERVICES = """
SELECT worktree.name, decision.service, decision.role
FROM decision JOIN worktree ON worktree.id = decision.worktree_id
JOIN project ON project.id = worktree.project_id
WHERE project.common_dir = ? ORDER BY worktree.slot, worktree.id, decision.service
"""


def restore_points(home: Home) -> list[str]:
    """Return the names of a repository's restore points."""
    return references(Path(home.common_dir, "worktree-tasks", "vault"), "refs/points/")


def services(home: Home) -> list[tuple[str, str, str]]:
    """Return the services that were decided on in a project: worktree, service, and `own` or `shared`."""
    try:
        file = state_directory() / "state.sqlite3"
        if not file.is_file():
            return []
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)) as db:
            return db.execute(_SERVICES, (home.common_dir,)).fetchall()
    except (OSError, sqlite3.Error):
        # An older state file, or a damaged one: the task that uses it says what is wrong with it.
        return []
