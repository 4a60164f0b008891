"""Flow: list the projects known on this machine; forget those that are gone and left nothing behind."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ...errors import DockerUnavailable
from ...quick_dataclasses import dataclass
from ...store import open_store
from ..runtimes.runtime_table import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ...store import ProjectRecord, Record

__all__ = ["KnownProject", "Projects", "projects"]


@dataclass(frozen=True, slots=True)
class KnownProject:
    """A project known on this machine.

    Attributes:
        name: Main's compose project.
        main: The main checkout.
        worktrees: The number of recorded worktrees.
        gone: Whether both the main checkout and the repository are gone.
        left: If it is gone, what its worktrees left in Docker; None if no engine is reachable.
    """

    name: str
    main: Path
    worktrees: int
    gone: bool = False
    left: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Projects:
    """The known projects, last used first, and those that were just forgotten."""

    projects: tuple[KnownProject, ...]
    forgotten: tuple[KnownProject, ...]


def projects() -> Projects:
    """List the projects on this machine; forget those that are gone, unless they left something in Docker.

    Raises:
        Failure: The state file cannot be used.
    """
    kept: list[KnownProject] = []
    forgotten: list[KnownProject] = []
    with closing(open_store()) as store:
        for project in store.projects():
            known = _known_project(project, store.records(project))
            if known.gone and known.left == ():
                store.forget(project)
                forgotten.append(known)
            else:
                kept.append(known)
    return Projects(tuple(kept), tuple(forgotten))


def _known_project(project: ProjectRecord, records: Sequence[Record]) -> KnownProject:
    gone = not project.main.is_dir() and not project.common_dir.is_dir()
    left = _remaining_objects(records) if gone and records else ()
    return KnownProject(project.name, project.main, len(records), gone, left)


def _remaining_objects(records: Sequence[Record]) -> tuple[str, ...] | None:
    """Return the remaining Docker objects of worktrees' stacks; None if no engine is reachable."""
    names = dict.fromkeys(one.runtime for one in records)
    try:
        return tuple(
            remaining
            for name in names
            for remaining in load(name).left_of([one for one in records if one.runtime == name])
        )
    except DockerUnavailable:
        return None
