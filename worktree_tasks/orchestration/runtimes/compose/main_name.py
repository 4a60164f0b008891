"""The name of main's compose project, which may have been set on a command line or in the shell."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ....configuration.compose import main_project
from ....errors import BadUse, DockerUnavailable, Failure
from ....lazy_modules import later

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ....configuration.compose.containers import ListedContainer
    from ...steps.project import Project
    from . import compose_input as described
else:
    (described,) = later(__package__, ".compose_input")

__all__ = ["main_among", "main_name"]


def main_name(project: Project) -> str | None:
    """Return the compose project that was started in main's directory; None if Compose is to name a new one.

    Raises:
        Failure: There are several, with different databases.
    """
    exported = os.environ.get("COMPOSE_PROJECT_NAME") or None
    try:
        listed = project.engine.labelled("com.docker.compose.project")
    except DockerUnavailable:  # reported by whatever needs the engine
        return exported
    found = _candidates(project, listed)
    if len(found) > 1:
        raise Failure(
            f"main's stack runs as {' and as '.join(found)}, all from {project.main}",
            f"take the others down: `docker compose -p {found[-1]} down`",
            kind="several-mains",
        )
    return found[0] if found else exported


def main_among(project: Project, listed: Collection[ListedContainer], known: str) -> str:
    """Return main's compose project among containers; the known one if none was started there."""
    started = main_project.below(
        listed, _places(one.directory for one in listed), str(project.main.resolve())
    )
    if started <= {known}:
        return known
    try:
        found = _candidates(project, listed)
    except BadUse:  # main no longer has a compose file
        return known
    return known if known in found else next(iter(found), known)


def _candidates(project: Project, listed: Collection[ListedContainer]) -> tuple[str, ...]:
    chosen = described.input_of(project).files
    names = {name for one in listed for name in (one.directory, *one.files)}
    return main_project.candidates(
        listed,
        _places(names),
        directory=os.path.realpath(project.main / chosen.directory),
        files=[os.path.realpath(project.main / name) for name in chosen.files],
        exported=os.environ.get("COMPOSE_PROJECT_NAME", ""),
    )


def _places(names: Iterable[str]) -> dict[str, str]:
    """Return the real path of each path that a label has."""
    # Labels are UTF-8, also in a locale that lacks some of its characters.
    on_disk = {name: os.fsdecode(name.encode("utf-8", "surrogateescape")) for name in {*names} if name}
    return {name: os.path.realpath(path) for name, path in on_disk.items()}
