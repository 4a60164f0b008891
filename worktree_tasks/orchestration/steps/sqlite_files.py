"""Main's SQLite databases: ignored files in its checkout, which git does not bring to a worktree."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose.service_roles import own
from ...configuration.databases.sqlite_paths import FILE_ENDS, HEADER, named_like_one, paths_inside
from ...errors import file_errors
from ...lazy_values import once_each
from ...machine import files
from ..databases.sqlite import back_up, copy_apart
from .needed_files import ignored_files
from .written_files import hide_listed, not_ours, note_written

if TYPE_CHECKING:
    from .worktree_handle import Tree

__all__ = [
    "copied_sqlite_files",
    "copy_sqlite_files",
    "drop_sqlite_files",
    "missing_sqlite_files",
    "service_with",
    "sqlite_files",
]


@once_each
def sqlite_files(tree: Tree) -> tuple[str, ...]:
    """Return main's SQLite databases that own services use: ignored files in directories that they mount."""
    main, mounts = tree.project.main, _mounts(tree)
    return tuple(
        name
        for name in ignored_files(tree.project)
        if named_like_one(name) and paths_inside(str(main / name), mounts) and _is_sqlite(main / name)
    )


def copy_sqlite_files(tree: Tree) -> tuple[str, ...]:
    """Copy main's SQLite databases into a worktree with its own databases; never overwrite a file.

    Returns:
        The paths of the copies.

    Raises:
        Failure: A consistent copy is not possible.
    """
    if tree.record.database != "clone":
        return ()
    wanted = _wanted(tree)
    for name in wanted:
        tree.project.progress.doing(f"copying {name}")
        _copy(tree, name)
    hide_listed(tree, wanted)
    note_written(tree, wanted)
    return wanted


def service_with(tree: Tree, name: str) -> str:
    """Return the first own service that mounts one of main's SQLite databases."""
    return paths_inside(str(tree.project.main / name), _mounts(tree))[0][0]


def copied_sqlite_files(tree: Tree) -> tuple[str, ...]:
    """Return a worktree's copies of main's SQLite databases: untracked files that are not behind a link."""
    there = [name for name in sqlite_files(tree) if (tree.record.path / name).is_file()]
    kept = not_ours(tree.record, there) if there else {}
    return tuple(name for name in there if name not in kept)


def drop_sqlite_files(tree: Tree) -> None:
    """Delete a worktree's copies of main's SQLite databases, which must not be in use.

    Raises:
        Failure: One cannot be deleted.
    """
    for name in copied_sqlite_files(tree):
        # The files beside a database first: without them it can still be read, in an older state.
        for end in reversed(FILE_ENDS):
            file = tree.record.path / f"{name}{end}"
            with file_errors(f"cannot delete {file}", "check its directory's permissions"):
                file.unlink(missing_ok=True)


def missing_sqlite_files(tree: Tree) -> tuple[str, ...]:
    """Return a note on main's SQLite databases that a worktree does not have."""
    if tree.record.database == "clone" or not (missing := _wanted(tree)):
        return ()
    are = "is a SQLite database" if len(missing) == 1 else "are SQLite databases"
    hint = f"wt.database {tree.record.name} --mode clone copies the current state"
    return (f"{', '.join(missing)} {are} of main's that the worktree does not have: {hint}",)


def _wanted(tree: Tree) -> tuple[str, ...]:
    here = tree.record.path
    lacking = [name for name in sqlite_files(tree) if not os.path.lexists(here / name)]
    kept = not_ours(tree.record, lacking) if lacking and here.is_dir() else {}
    return tuple(name for name in lacking if name not in kept)


def _copy(tree: Tree, name: str) -> None:
    project, source = tree.project, tree.project.main / name
    with (
        file_errors(f"{source} cannot be copied"),
        # In git's directory of the worktree, which is deleted with it even if this command is killed.
        TemporaryDirectory(prefix="sqlite-", dir=git.git_directory(tree.record.path)) as folder,
    ):
        place = Path(folder) / "copy"
        for service, path in paths_inside(str(source), _mounts(tree)):
            run = partial(project.runtime.execute, project, service, env={})
            if back_up(run, path, place, f"{tree.record.key}/{name}"):
                break
        else:
            copy_apart(source, place)
        _copy_permissions(place, source)
        files.copy(place, tree.record.path / name, root=tree.record.path)


def _copy_permissions(place: Path, source: Path) -> None:
    """Give a copy the original's permissions and owner, so that the app in a container can write to it."""
    status = source.stat()
    place.chmod(status.st_mode & 0o777)
    if (status.st_uid, status.st_gid) != (os.getuid(), os.getgid()):
        try:
            os.chown(place, status.st_uid, status.st_gid)
        except PermissionError:
            place.chmod(status.st_mode & 0o777 | 0o666)


def _mounts(tree: Tree) -> list[tuple[str, str, str]]:
    """Return the bind mounts of own services in main: service, source and target."""
    specs = tree.project.model.services
    return [
        (one.name, mount.source, mount.target)
        for one in own(tree.services)
        if one.name in specs
        for mount in specs[one.name].mounts
        if mount.type == "bind" and mount.source
    ]


def _is_sqlite(path: Path) -> bool:
    """Return whether a file is a SQLite database, by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(len(HEADER)) == HEADER
    except OSError:
        return False
