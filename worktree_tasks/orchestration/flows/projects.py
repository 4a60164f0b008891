"""Flow: the projects known on this machine, without those that are gone and left nothing behind."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import DockerUnavailable
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
        worktrees: How many worktrees are recorded.
        gone: Whether the main checkout and the repository are not there any more.
        left: What its worktrees left in Docker, when it is gone; None when no engine could be asked.
    """

    name: str
    main: Path
    worktrees: int
    gone: bool = False
    left: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class Projects:
    """What is known, last used first, and what was forgotten just now."""

    projects: tuple[KnownProject, ...]
    forgotten: tuple[KnownProject, ...]


def projects() -> Projects:
    """List the projects of this machine; forget those that are gone, unless Docker has something of theirs.

    Raises:
        Failure: The state file cannot be used.
    """
    kept: list[KnownProject] = []
    forgotten: list[KnownProject] = []
    with closing(open_store()) as store:
        for project in store.projects():
            records = store.records(project)
            known = _known_project(project, records)
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
    """Return what stands there of the stacks of records; None when that cannot be asked."""
    names = dict.fromkeys(one.runtime for one in records)
    try:
        return tuple(
            said
            for name in names
            for said in load(name).left_of([one for one in records if one.runtime == name])
        )
    except DockerUnavailable:
        return None
