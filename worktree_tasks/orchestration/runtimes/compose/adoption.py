"""Checks on an existing worktree that something else created, before our stack runs in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ....configuration.compose.labels import LABEL
from ....configuration.compose.override_text import is_ours
from ....errors import Refused
from ....machine import files
from .compose_input import input_of

if TYPE_CHECKING:
    from pathlib import Path

    from ...steps.project import Project

__all__ = ["note_running", "refuse_override"]


def refuse_override(project: Project, path: Path) -> None:
    """Refuse to overwrite a file that is not ours with the override."""
    place = path / input_of(project, path).files.override
    if os.path.lexists(place) and not (place.is_file() and is_ours(files.read_text(place))):
        raise Refused(
            f"{place} already exists, and the stack's override has to be written there",
            "move it away, then run the same command again",
            kind="override-taken",
        )


def note_running(project: Project, path: Path) -> None:
    """Note a stack that was started there before; it is left alone."""
    place = path / input_of(project, path).files.directory
    label = f"com.docker.compose.project.working_dir={place}"
    projects = {one.project for one in project.engine.labelled(label) if f"{LABEL}.key" not in one.labels}
    for stack in sorted(projects):
        project.progress.note(
            f"existing containers of compose project {stack} are left alone:"
            f" `docker compose -p {stack} down` removes them"
        )
