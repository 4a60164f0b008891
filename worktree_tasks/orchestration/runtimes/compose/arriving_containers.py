"""Containers that the engine is still creating for a killed command, whose names it refuses to others."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from ....command import CommandError
from ....engine.api_errors import Gone
from ....waiting import wait_while

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...steps.project import Project

__all__ = ["once_created"]

_TAKEN = re.compile(
    r"name \"/?(?P<name>[^\"]+)\" is already in use by (?:container )?\"?(?P<id>[0-9a-f]{12,64})"
)


def once_created(project: Project, up: Callable[[], object]) -> None:
    """Run Compose; run it again when a container exists whose name was taken before the engine listed it.

    Creating one may take long, since the engine copies what its image has in the place of a new volume.

    Raises:
        CommandError: Compose failed for another reason, or the name belongs to a container that stays.
    """
    awaited: set[str] = set()
    while True:
        try:
            up()
        except CommandError as error:
            taken = _TAKEN.search(error.result.err)
            if taken is None or taken["id"] in awaited:
                raise
            awaited.add(taken["id"])
            project.progress.doing(f"waiting until the engine has created {taken['name']}")
            wait_while(partial(_missing, project, taken["id"]), project.settings.wait)
        else:
            return


def _missing(project: Project, container: str) -> bool:
    try:
        project.engine.inspect(container)
    except Gone:
        return True
    return False
