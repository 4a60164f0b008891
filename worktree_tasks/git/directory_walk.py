"""Walk through a worktree: directories that git lists as one entry, and what git does not list at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass, field
from .ignored_files import INSTALLED
from .program import fields, git
from .status import BY_CASE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

__all__ = ["Found", "Interior", "is_below", "is_locked", "look_inside", "mode_of", "others", "walk"]

_CACHE_TAG = "CACHEDIR.TAG"  # https://bford.info/cachedir/
_BARE = frozenset({"HEAD", "objects", "refs"})
_KINDS = (
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISFIFO, "named pipe"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
)


@dataclass(slots=True)
class Found:
    """Files and directories, by their paths.

    Attributes:
        files: Files and symbolic links.
        folders: Directories with their modes.
        unreadable: Files and directories that we may not read.
        skipped: Directories that tools fill, and tagged caches, which were not entered.
    """

    files: set[str] = field(default_factory=set)
    folders: dict[str, int] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Interior:
    """What git does not list.

    Attributes:
        repositories: Directories that have a `.git`.
        bare: Directories that are repositories themselves.
        special: Sockets, named pipes and devices, with their kind.
        unreadable: Directories that we may not read.
    """

    repositories: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)
    special: dict[str, str] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)


def walk(root: Path, folder: str, found: Found, *, prune: bool) -> None:
    """Add everything below a directory to what was found.

    Args:
        root: The directory that all paths are relative to.
        folder: The directory.
        found: The result to add to.
        prune: Whether to skip directories that tools fill, and caches; git's own are always entered.
    """
    name = folder.rpartition("/")[2]
    prune = prune and name != ".git"
    if prune and name in INSTALLED:
        found.skipped.add(folder)
        return
    if is_locked(root / folder):
        found.unreadable.add(folder)
        return
    entries = _entries(root / folder)
    if entries is None:
        return
    if prune and _CACHE_TAG in {one.name for one in entries}:
        found.skipped.add(folder)
        return
    found.folders[folder] = mode_of(root / folder)
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            walk(root, path, found, prune=prune)
        elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
            found.files.add(path)


def others(
    root: Path, *options: str, prune: bool, within: str = "", extra: Mapping[str, str] | None = None
) -> Found:
    """Return what `git ls-files --others` lists, with everything below the listed directories.

    Args:
        root: The directory that all paths are relative to.
        options: Further options of the command.
        prune: Whether to skip directories that tools fill, and caches.
        within: The directory to list; by default, the root.
        extra: Environment variables to add.

    Raises:
        CommandError: git failed.
    """
    found = Found()
    argv = (*BY_CASE, "ls-files", "-z", "--others", *options)
    for listed in fields(git(root / within, *argv, extra=extra).out):
        name = f"{within}/{listed}".removeprefix("/")
        folders = name.split("/")[:-1]
        installed = next((at for at, folder in enumerate(folders, 1) if folder in INSTALLED), None)
        if name.endswith("/"):
            walk(root, name.rstrip("/"), found, prune=prune)
        elif prune and installed:
            found.skipped.add("/".join(folders[:installed]))
        else:
            found.files.add(name)
    for path in found.files:
        for parent in map(str, Path(path).parents[:-1]):
            if parent not in found.folders:
                found.folders[parent] = mode_of(root / parent)
    return found


def look_inside(worktree: Path) -> Interior:
    """Look into every directory of a worktree except git's own."""
    found = Interior()
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        if is_locked(worktree / folder):
            found.unreadable.add(folder)
            continue
        entries = {entry.name: entry for entry in _entries(worktree / folder) or ()}
        if folder and ".git" in entries:
            found.repositories.append(folder)
        elif folder and entries.keys() >= _BARE:
            found.bare.append(folder)
        for name, entry in entries.items():
            path = f"{folder}/{name}".removeprefix("/")
            if entry.is_dir(follow_symlinks=False):
                waiting += [path] if name != ".git" else []
            elif not entry.is_symlink() and not entry.is_file(follow_symlinks=False):
                found.special |= dict(_special(path, entry))
    return found


def _entries(folder: Path) -> list[os.DirEntry[str]] | None:
    """Return a directory's entries; None if it is gone, since programs may be changing it."""
    try:
        with os.scandir(folder) as scanned:
            return list(scanned)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _special(path: str, entry: os.DirEntry[str]) -> Iterator[tuple[str, str]]:
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
    except FileNotFoundError:
        return
    yield from ((path, kind) for is_kind, kind in _KINDS if is_kind(mode))


def is_locked(path: Path) -> bool:
    """Return whether a path is a file that we may not read, or a directory that we may not list."""
    wanted = os.R_OK | os.X_OK if path.is_dir() else os.R_OK
    return not os.access(path, wanted) and os.path.lexists(path)


def is_below(path: str, folders: Collection[str]) -> str | None:
    """Return the outermost of some directories that a path is, or is below; None if there is none."""
    parts = path.split("/")
    above = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
    return next((one for one in above if one in folders), None)


def mode_of(path: Path) -> int:
    """Return a file's or directory's permissions."""
    return stat.S_IMODE(path.lstat().st_mode)
