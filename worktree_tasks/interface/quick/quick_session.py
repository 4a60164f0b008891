"""A session with the settings from files, for a task that runs without Invoke."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import WorktreeTasksError
from ...git import find_repository
from ..session import Session
from .settings_from_files import Unusual, settings_in

if TYPE_CHECKING:
    from ...configuration.settings import Settings
    from ...git import Repository

__all__ = ["quick_session"]


class _Quick(Session):
    """A session without Invoke's context."""

    dry = False

    def __init__(self, repository: Repository | None, settings: Settings, **shown: bool) -> None:
        self._settings = settings
        super().__init__(None, **shown)
        self._repository = repository

    def settings(self) -> Settings:
        """Return the settings that were read before."""
        return self._settings


def quick_session(
    *, acts: bool = False, json: bool = False, hooks: bool = True, quiet: bool = False, verbose: bool = False
) -> Session | None:
    """Return a session; None if Invoke has to read the settings, or to run hooks or the task elsewhere.

    Args:
        acts: Whether the task does more than read.
        json: Whether to print one JSON document in place of text.
        hooks: Whether git's hooks run.
        quiet: Whether stderr gets errors only.
        verbose: Whether stderr gets the output of the programs that the task runs.
    """
    repository = None
    try:
        repository = find_repository(Path.cwd())
        main = repository.main
    except (WorktreeTasksError, OSError):
        # Tasks that need a repository report that themselves.
        main = Path("/")
    try:
        settings = settings_in(main, os.environ)
    except Unusual:
        return None
    if settings.main or (acts and (settings.hooks or settings.on)):
        return None
    return _Quick(repository, settings, json=json, hooks=acts and hooks, quiet=quiet, verbose=verbose)
