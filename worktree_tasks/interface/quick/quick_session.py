"""A session with the settings from files, for a read-only task."""

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

    def __init__(self, repository: Repository | None, settings: Settings, *, json: bool) -> None:
        self._settings = settings
        super().__init__(None, json=json, hooks=False)
        self._repository = repository

    def settings(self) -> Settings:
        """Return the settings that were read before."""
        return self._settings


def quick_session(*, json: bool) -> Session | None:
    """Return a session for a read-only task; None if Invoke has to read the settings."""
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
    return None if settings.main else _Quick(repository, settings, json=json)
