"""The names that a command line's words may match, read from files: no git, no Docker, nothing written."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from ..printable import lines_of
from .known_projects import state_directory, text_of

if TYPE_CHECKING:
    from ..configuration.shell_targets import Home

__all__ = ["all_branches", "branches", "remote_branches", "restore_points", "services"]

_BUSY_SECONDS = 1.0
_REMOTE = re.compile(r'^\s*\[remote "(.+)"\]', re.MULTILINE)
_SERVICES = """
SELECT worktree.name, decision.service, decision.role
FROM decision JOIN worktree ON worktree.id = decision.worktree_id
JOIN project ON project.id = worktree.project_id
WHERE project.common_dir = ? ORDER BY worktree.slot, worktree.id, decision.service
"""


def branches(home: Home) -> list[str]:
    """Return the names of a repository's local branches, read from its files."""
    return _references(Path(home.common_dir), "refs/heads/")


def remote_branches(home: Home) -> list[str]:
    """Return the branches of a repository's remotes, such as `origin/x`."""
    found = _references(Path(home.common_dir), "refs/remotes/")
    return [name for name in found if not name.endswith("/HEAD")]


def all_branches(home: Home) -> list[str]:
    """Return the names of a repository's branches, and of its remotes' without the name of the remote."""
    remotes = tuple(f"{one}/" for one in _REMOTE.findall(text_of(Path(home.common_dir, "config"))))
    of_remotes = {
        name.removeprefix(remote)
        for name in remote_branches(home)
        for remote in remotes
        if name.startswith(remote)
    }
    return sorted({*branches(home), *of_remotes})


def restore_points(home: Home) -> list[str]:
    """Return the names of a repository's restore points."""
    return _references(Path(home.common_dir, "worktree-tasks", "vault"), "refs/points/")


def services(home: Home) -> list[tuple[str, str, str]]:
    """Return a project's recorded services: worktree, service, and `own` or `shared`."""
    try:
        file = state_directory() / "state.sqlite3"
        if not file.is_file():
            return []
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)) as db:
            return db.execute(_SERVICES, (home.common_dir,)).fetchall()
    except (OSError, sqlite3.Error):
        # An older or damaged state file: the task that uses it reports what is wrong with it.
        return []


def _references(git_directory: Path, prefix: str) -> list[str]:
    """Return a git directory's refs under a prefix such as `refs/heads/`, without it, read from its files."""
    root = git_directory / prefix
    found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    for line in lines_of(text_of(git_directory / "packed-refs")):
        found.add(line.partition(f" {prefix}")[2])
    return sorted(name for name in found if name and not name.endswith(".lock"))
