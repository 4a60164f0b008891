"""Containers that the engine is still creating for a killed command.

It refuses their names to others, and may list them, but knows nothing else of them.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from ....command import CommandError
from ....engine.api_errors import Gone
from ....parallel import each
from ....waiting import wait_while

if TYPE_CHECKING:
    from collections.abc import Callable

    from ....configuration.compose.containers import Container
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree

__all__ = ["arrived", "once_created"]

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


def arrived(tree: Tree) -> tuple[Container, ...]:
    """Return the containers of a worktree's stack, once all that the engine lists are created."""
    found: tuple[Container, ...] = ()

    def arriving() -> bool:
        nonlocal found
        found = tree.containers()
        # One that was ever started was created.
        return any(each(partial(_missing, tree.project), [one.id for one in found if one.state == "created"]))

    wait_while(arriving, tree.project.settings.wait)
    return found


def _missing(project: Project, container: str) -> bool:
    try:
        project.engine.inspect(container)
    except Gone:
        return True
    return False
