"""The records of projects and worktrees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..configuration.paths_during_removal import aside_path, home_path
from ..quick_dataclasses import dataclass, field_names

if TYPE_CHECKING:
    import sqlite3

    from ..configuration.state_words import Mode

__all__ = ["COLUMNS", "ProjectRecord", "Record", "plain", "record_of"]


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """A project known on this machine.

    Attributes:
        id: Its number in the store.
        name: Main's compose project.
        main: The main checkout.
        common_dir: The repository's common git directory, which identifies the project.
        used: When a command last ran in it, in seconds since the epoch.
    """

    id: int
    name: str
    main: Path
    common_dir: Path
    used: float


@dataclass(frozen=True, slots=True)
class Record:
    """The record of one worktree.

    Attributes:
        id: Its number in the store.
        key: The value in the labels of its containers, network and volumes.
        project_id: Its project.
        name: Its slug.
        branch: The branch it was made for.
        path: Its directory.
        state: `creating`, `ready` or `removing`.
        runtime: What runs its stack.
        slot: Its N; None until ports are allocated.
        start_commit: The commit that its branch was made at; None if it existed, here or on a remote.
        made_branch: Whether the branch was made with it.
        compose_project: Its stack's compose project; None until ports are allocated.
        network: Its network's name; None until there is one.
        subnet: Its network's range.
        broker_database: The Redis database of its message broker; None without one.
        broker_service: The shared service in which that database was empty at first; None when it was not
            seen so.
        host: The host name in its URLs.
        database: `shared`, `clone` or `empty`.
        created: When it was made, in seconds since the epoch.
        trash: The restore point of a removal that began.
        restoring: The restore point that it is being made from.
        restored: The restore point that it was made from.
        opened: Whether it was opened completely: its stack started, and the hook `after_new` run.
    """

    id: int
    key: str
    project_id: int
    name: str
    branch: str
    path: Path
    state: str
    runtime: str
    slot: int | None = None
    start_commit: str | None = None
    made_branch: bool = False
    compose_project: str | None = None
    network: str | None = None
    subnet: str | None = None
    broker_database: int | None = None
    host: str = ""
    database: Mode = "shared"
    created: float = 0.0
    trash: str | None = None
    restoring: str | None = None
    restored: str | None = None
    opened: bool = False
    broker_service: str | None = None

    @property
    def home(self) -> Path:
        """Where its directory belongs: its path, or the original one if a removal moved it aside."""
        return home_path(self.path, self.key)

    @property
    def aside(self) -> Path:
        """The path to which a removal moves its directory."""
        return aside_path(self.path, self.key)


COLUMNS = field_names(Record)


def plain(value: object) -> Any:  # noqa: ANN401 - what SQLite takes
    """Convert a record's value to one that SQLite accepts."""
    return str(value) if isinstance(value, Path) else value


def record_of(row: sqlite3.Row) -> Record:
    """Convert a row of the table `worktree` to a record."""
    values = dict(row)
    flags = {name: bool(values[name]) for name in ("made_branch", "opened")}
    return Record(**{**values, **flags, "path": Path(values["path"])})
