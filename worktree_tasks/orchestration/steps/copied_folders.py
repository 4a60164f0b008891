"""Folders that are copied whole from main: installed dependencies, and ignored folders that images need."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ... import command, git
from ...configuration.compose.ignored_dependencies import contexts, install_command, needed_folders
from ...configuration.compose.service_roles import own
from ...configuration.formatting import spoken_size
from ...errors import file_errors
from ...lazy_values import once_each
from ...machine import files
from ...quick_dataclasses import dataclass
from .written_files import note_written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .project import Project
    from .worktree_handle import Tree

__all__ = ["Folder", "bring_folders", "folders_of", "report_copied", "why_left"]

# Marks a folder that is only partly copied; the next run copies it again.
_UNFINISHED = ".worktree-tasks-unfinished"
# The number of files between two progress reports.
_REPORT_EVERY = 100
# Both share blocks if the file system can, and copy otherwise.
_COPY = (
    ("cp", "-f", "-R", "-p", "-P", "-c") if sys.platform == "darwin" else ("cp", "-f", "-a", "--reflink=auto")
)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of main that git ignores and an own service needs.

    Attributes:
        path: Its path, relative to main.
        service: The service.
        files: The number of its files, as far as they were counted.
        size: Their size in bytes, as far as they were counted.
        large: Whether it exceeds the size limit for copies.
    """

    path: str
    service: str
    files: int
    size: int
    large: bool


@once_each
def folders_of(project: Project) -> tuple[Folder, ...]:
    """Return the folders that a worktree of a project needs from main."""
    specs = [project.model.services[one.name] for one in own(project.services)]
    main = str(project.main)
    needed = needed_folders(specs, main, git.ignored_folders(project.main))
    built = contexts(specs, main)
    tracked = git.tracked(project.main, sorted(built))
    for path, service in built.items():
        within = any(PurePosixPath(path).is_relative_to(one) for one in needed)
        if path not in tracked and not within and (project.main / path).is_dir():
            needed[path] = service
    limit = project.settings.copy_max_bytes
    return tuple(
        Folder(path, service, *_measured(project.main / path, limit))
        for path, service in sorted(needed.items())
    )


def _measured(folder: Path, limit: int) -> tuple[int, int, bool]:
    """Return the number of files below a folder, their bytes, and whether these exceed the limit."""
    count = size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            count += 1
            size += (Path(place) / name).lstat().st_size
        if size > limit:
            return count, size, True
    return count, size, False


def why_left(project: Project, name: str, folder: Folder) -> str:
    """Return the note about a folder that is too large to copy, with the remedy.

    Args:
        project: The project.
        name: The worktree's slug.
        folder: The folder.
    """
    beside = [one.name for one in (project.main / folder.path).parent.iterdir()]
    install = install_command(folder.path, beside)
    remedy = f'wt.run {name} {folder.service} "{install}" installs it; or ' if install else ""
    limit = spoken_size(project.settings.copy_max_bytes)
    return (
        f"{folder.path}, which {folder.service} needs, is not copied: it is larger than {limit}, and its file"
        f" system cannot share blocks; {remedy}raise wt.copy_max_bytes"
    )


def bring_folders(tree: Tree) -> tuple[str, ...]:
    """Copy the folders that a new worktree needs, with reflinks if the file system can; never make links.

    Returns:
        The folders that were copied.
    """
    if tree.record.state != "creating":
        return ()
    brought: list[str] = []
    for folder in folders_of(tree.project):
        target = tree.record.path / folder.path
        began = (target / _UNFINISHED).exists()
        if (os.path.lexists(target) and not began) or files.link_on_the_way(target, tree.record.path):
            continue
        if folder.large and not _shares_blocks(tree.project.main / folder.path, target):
            tree.project.progress.note(why_left(tree.project, tree.record.name, folder))
            continue
        _copy(tree, folder, target)
        brought.append(folder.path)
    return tuple(brought)


def _shares_blocks(source: Path, target: Path) -> bool:
    """Return whether a copy of a folder can share blocks with it, and so takes no space."""
    one = next((Path(place) / name for place, _, names in os.walk(source) for name in names), None)
    target.mkdir(parents=True, exist_ok=True)
    always = _COPY if sys.platform == "darwin" else (*_COPY[:-1], "--reflink=always")
    if one is None or command.run([*always, str(one), str(target / _UNFINISHED)], check=False).code == 0:
        return True
    (target / _UNFINISHED).unlink(missing_ok=True)
    target.rmdir()
    return False


def _copy(tree: Tree, folder: Folder, target: Path) -> None:
    source = tree.project.main / folder.path
    with file_errors(f"cannot copy {source} to {target}"):
        target.mkdir(parents=True, exist_ok=True)
        (target / _UNFINISHED).touch()
        argv = [*_COPY, "-v", f"{source}/.", str(target)]
        command.run(argv, echo=_counting(tree, folder), keep=True)
        if not git.INSTALLED & {*folder.path.split("/")}:
            note_written(tree, _files_below(tree.record.path, target))
        (target / _UNFINISHED).unlink()


def report_copied(tree: Tree, name: str, copied: int, total: int | None) -> None:
    """Report after every hundredth file how many of a folder's files are copied; the total may be unknown."""
    if copied % _REPORT_EVERY == 0:
        of = "" if total is None else f" of {total}"
        tree.project.progress.doing(f"copying {name}: {copied}{of} files")


def _counting(tree: Tree, folder: Folder) -> Callable[[str], None]:
    """Return a function that counts the lines that `cp` prints, and reports the number."""
    copied = 0

    def count(_: str) -> None:
        nonlocal copied
        copied += 1
        report_copied(tree, folder.path, copied, None if folder.large else folder.files)

    return count


def _files_below(root: Path, folder: Path) -> Sequence[str]:
    found = (Path(place) / name for place, _, names in os.walk(folder) for name in names)
    return [str(path.relative_to(root)) for path in found if path.name != _UNFINISHED]
