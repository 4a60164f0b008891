"""What a worktree holds that a checkout of its branch would not bring back."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .administration import PLAIN_INDEX, index_copy
from .directory import git_directory
from .ignored import INSTALLED
from .known import is_file, is_folder, is_known
from .line_ends import unlike_checkout
from .program import fields, git

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .known import Known

__all__ = ["Contents", "contents"]

_GITLINK = "160000"
_CACHE_TAG = "CACHEDIR.TAG"  # https://bford.info/cachedir/
_UNREADABLE = re.compile(r"could not open directory '(.*)': ")


@dataclass(frozen=True, slots=True)
class Contents:
    """Paths of one worktree, relative to its root.

    Attributes:
        tracked: Tracked files whose bytes are not those that a checkout of the index gives.
        deleted: Tracked files that are gone.
        hidden: Those of `tracked` and `deleted` that `git status` does not show, because the index or the
            configuration tells git not to look (`assume-unchanged`, `core.trustctime`).
        untracked: Files that git neither tracks nor ignores.
        ignored: Ignored files that are neither main's nor as we wrote them.
        spare: Ignored files that are.
        unreadable: Ignored files, and directories of any kind, that we may not read.
        directories: Directories of untracked and ignored files, with their modes.
        modes: Modes of unchanged tracked files, where they are not those of a checkout.
    """

    tracked: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    directories: tuple[tuple[str, int], ...] = ()
    modes: tuple[tuple[str, int], ...] = ()


def contents(worktree: Path, known: Known) -> Contents:
    """Read what a worktree holds. Directories that tools fill and caches that say so are left out.

    Raises:
        CommandError: git could not tell.
        OSError: A file cannot be read.
    """
    with index_copy(git_directory(worktree), worktree) as extra:
        absent = _show_hidden(worktree, extra)
        changed, gone = _changed(worktree, extra)
        listed = fields(git(worktree, "ls-files", "-z", "--stage", extra=extra).out)
    index = {path: meta.split(" ")[0] for meta, _, path in (row.partition("\t") for row in listed)}
    untracked = _found(worktree, "--exclude-standard", prune=False)
    rewired = any(path.endswith(".gitattributes") for path in (*changed, *untracked.files))
    files = {path for path, mode in index.items() if mode != _GITLINK} - gone - absent
    tracked = files & (files if rewired else {*changed, *unlike_checkout(worktree)})
    ignored = _found(worktree, "--ignored", "--exclude-standard", "--directory", prune=True)
    empty = _found(worktree, "--exclude-standard", "--directory", prune=True)
    folders = {**empty.folders, **untracked.folders}
    # A directory whose tracked files are all deleted is there, and git does not tell.
    folders |= {name: _mode(worktree / name) for name in _parents(gone) if is_folder(worktree, name)}
    mine = ignored.files - untracked.files - set(index) - known.own
    spare = {path for path in mine if is_known(worktree, path, known)}
    return Contents(
        tracked=tuple(sorted(tracked)),
        deleted=tuple(sorted(gone)),
        hidden=tuple(sorted(changed - _noticed(worktree))),
        untracked=tuple(sorted(untracked.files)),
        ignored=tuple(sorted(mine - spare)),
        spare=tuple(sorted(spare)),
        unreadable=tuple(sorted(untracked.unreadable | ignored.unreadable)),
        directories=tuple(sorted({**folders, **ignored.folders}.items())),
        modes=tuple(sorted(_unusual(worktree, {path: index[path] for path in files - tracked}))),
    )


def _show_hidden(worktree: Path, extra: Mapping[str, str]) -> frozenset[str]:
    """Take back in the index copy what tells git not to look at files.

    Returns:
        Those that a sparse checkout leaves out, which are neither there nor deleted.
    """
    rows = (row.partition(" ") for row in fields(git(worktree, "ls-files", "-v", "-z", extra=extra).out))
    flagged = {path: tag for tag, _, path in rows if tag.islower() or tag == "S"}
    absent = {path for path, tag in flagged.items() if tag.upper() == "S" and not is_file(worktree, path)}
    present = flagged.keys() - absent
    for option in ("--no-assume-unchanged", "--no-skip-worktree") if present else ():
        lines = "".join(f"{path}\0" for path in present)
        git(worktree, *PLAIN_INDEX, "update-index", option, "-z", "--stdin", stdin=lines, extra=extra)
    return frozenset(absent)


def _changed(worktree: Path, extra: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the tracked files that differ from the index, and those of them that are gone."""
    # It ends with 1 when something is changed, which is no error here.
    git(worktree, *PLAIN_INDEX, "update-index", "-q", "--refresh", check=False, extra=extra)
    argv = ("diff-files", "-z", "--raw", "--no-renames", "--ignore-submodules=all")
    rows = fields(git(worktree, *PLAIN_INDEX, *argv, extra=extra).out)
    letters = {(path, meta[-1]) for meta, path in zip(rows[::2], rows[1::2], strict=True)}
    # A conflict is told as U, whether the file is there or not.
    gone = {path for path, letter in letters if letter == "D" or not is_file(worktree, path)}
    return frozenset(path for path, _ in letters), frozenset(gone)


def _noticed(worktree: Path) -> frozenset[str]:
    """Return the tracked files of which `git status` would see that they changed."""
    return frozenset(
        fields(
            git(worktree, "diff-files", "-z", "--name-only", "--no-renames", "--ignore-submodules=all").out
        )
    )


@dataclass(slots=True)
class _Found:
    """Files, directories with their modes, and what could not be read."""

    files: set[str] = field(default_factory=set)
    folders: dict[str, int] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)


def _found(worktree: Path, *options: str, prune: bool) -> _Found:
    """Return what `git ls-files --others` lists, and what is below the directories in it."""
    found = _Found()
    listed = git(worktree, "ls-files", "-z", "--others", *options, extra={"LC_ALL": "C"})
    found.unreadable.update(name.rstrip("/") for name in _UNREADABLE.findall(listed.err))
    for name in fields(listed.out):
        if name.endswith("/"):
            _walk(worktree, name.rstrip("/"), found, prune=prune)
        elif not (prune and INSTALLED & {*name.split("/")[:-1]}):
            found.files.add(name)
    for parent in _parents(found.files) - found.folders.keys():
        found.folders[parent] = _mode(worktree / parent)
    return found


def _parents(paths: Iterable[str]) -> set[str]:
    return {str(each) for path in paths for each in Path(path).parents} - {"."}


def _walk(root: Path, folder: str, found: _Found, *, prune: bool) -> None:
    try:
        with os.scandir(root / folder) as scanned:
            entries = list(scanned)
    except PermissionError:
        found.unreadable.add(folder)
        return
    if prune and (folder.rpartition("/")[2] in INSTALLED or _CACHE_TAG in {one.name for one in entries}):
        return
    found.folders[folder] = _mode(root / folder)
    for entry in entries:
        path = f"{folder}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            _walk(root, path, found, prune=prune)
        elif prune and not entry.is_symlink() and not os.access(root / path, os.R_OK):
            found.unreadable.add(path)
        elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
            found.files.add(path)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def _unusual(worktree: Path, index: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for path, mode in index.items():
        status = (worktree / path).lstat()
        if stat.S_ISREG(status.st_mode) and f"100{stat.S_IMODE(status.st_mode):03o}" != mode:
            yield path, stat.S_IMODE(status.st_mode)
