"""Files that no commit has, and what else in a worktree a checkout of its branch would not restore."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass
from .directory_walk import is_below, is_locked, look_inside, mode_of, others, walk
from .edited_files import edits
from .files_without_work import is_file, is_folder, is_known
from .filtered_files import unlike_filtered
from .gitlinks import GITLINK_MODE
from .line_ends import unlike_checkout
from .nested_repositories import repositories_in, without_repository
from .program import fields, git

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .files_without_work import KnownFiles

__all__ = ["UncommittedFiles", "find_uncommitted"]

_CONVERSIONS = r"^(core\.(autocrlf|eol|attributesfile)|filter\..*\..*)$"


@dataclass(frozen=True, slots=True)
class UncommittedFiles:
    """Paths of one worktree, relative to its root.

    Attributes:
        tracked: Tracked files whose bytes differ from a checkout of the index.
        deleted: Tracked files that are missing.
        hidden: Those of `tracked` and `deleted` that `git status` does not show, because the index or the
            configuration tells git not to look (`assume-unchanged`, `core.trustctime`), or a filter hides the
            difference from git.
        untracked: Files that git neither tracks nor ignores.
        unlisted: Directories of submodules without a repository, whose files git does not list; these are
            among `untracked`.
        ignored: Ignored files that are neither the same in main nor unchanged since we wrote them.
        spare: Ignored files that are.
        unreadable: Files and directories that we may not read.
        special: Sockets, named pipes and devices, with their kind.
        skipped: Ignored directories that tools fill, and tagged caches.
        repositories: Nested repositories that are neither submodules nor among untracked or ignored files.
        submodules: Submodules whose git directory is in the worktree's git directory.
        directories: Directories of untracked and ignored files, with their modes; "" is the worktree itself.
        modes: Modes of unchanged tracked files, if they differ from those of a checkout.
    """

    tracked: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    special: tuple[tuple[str, str], ...] = ()
    skipped: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    submodules: tuple[str, ...] = ()
    directories: tuple[tuple[str, int], ...] = ()
    modes: tuple[tuple[str, int], ...] = ()


def find_uncommitted(worktree: Path, known: KnownFiles) -> UncommittedFiles:
    """Read what a worktree contains. Directories that tools fill, and tagged caches, are left out.

    Raises:
        CommandError: git failed.
        OSError: A file cannot be read.
    """
    found = edits(worktree)
    index, changed = found.index, found.changed
    untracked = others(worktree, "--exclude-standard", prune=False)
    rewired = any(path.endswith(".gitattributes") for path in (*changed, *untracked.files))
    unlisted = without_repository(worktree, index)
    for path in unlisted:
        walk(worktree, path, untracked, prune=False)
    links = {path for path, mode in index.items() if mode == GITLINK_MODE}
    # Git compares what is in the place of a submodule only as a submodule.
    untracked.files |= {path for path in links if is_file(worktree, path)}
    interior = look_inside(worktree)
    gone = {path for path in found.gone if not is_below(path, interior.unreadable)}
    files = index.keys() - links - gone - found.absent
    files = {path for path in files if not is_below(path, interior.unreadable)}
    readable = {path for path in files if not is_locked(worktree / path)}
    settings = _conversions(worktree)
    filtered = unlike_filtered(worktree, readable - changed, settings)
    unlike = files if rewired else {*changed, *unlike_checkout(worktree, index, settings), *filtered}
    tracked = files & unlike
    ignored = others(worktree, "--ignored", "--exclude-standard", "--directory", prune=True)
    empty = others(worktree, "--exclude-standard", "--directory", prune=True)
    inside = repositories_in(worktree, interior, untracked, ignored)
    folders = {"": mode_of(worktree), **empty.folders, **untracked.folders, **inside.found.folders}
    # git does not list a directory whose tracked files are all deleted.
    folders |= {name: mode_of(worktree / name) for name in _parents(gone) if is_folder(worktree, name)}
    unreadable = untracked.unreadable | ignored.unreadable | inside.found.unreadable
    unreadable |= {path for path in interior.unreadable if not is_below(path, ignored.skipped)}
    mine = ignored.files - untracked.files - set(index) - known.own
    whole = inside.found.files - untracked.files - ignored.files - set(index)
    for group in (tracked, untracked.files, mine, whole):
        # git lists the files of a directory that can be listed but not entered.
        group -= {path for path in group if is_below(path, interior.unreadable)}
        unreadable |= _take_unreadable(worktree, group)
    spare = {path for path in mine if is_known(worktree, path, known)}
    return UncommittedFiles(
        tracked=tuple(sorted(tracked)),
        deleted=tuple(sorted(gone)),
        hidden=tuple(sorted((changed - _noticed(worktree) if changed else changed) | filtered)),
        untracked=tuple(sorted(untracked.files)),
        unlisted=tuple(sorted(unlisted)),
        ignored=tuple(sorted((mine - spare) | whole)),
        spare=tuple(sorted(spare)),
        unreadable=tuple(sorted(unreadable)),
        special=tuple(
            sorted(kind for kind in interior.special.items() if not is_below(kind[0], ignored.skipped))
        ),
        skipped=tuple(sorted(ignored.skipped)),
        repositories=tuple(sorted(path for path in inside.paths if not is_below(path, ignored.skipped))),
        submodules=tuple(sorted(inside.submodules)),
        directories=tuple(sorted({**folders, **ignored.folders}.items())),
        modes=tuple(sorted(_unusual(worktree, {path: index[path] for path in files - tracked}))),
    )


def _conversions(worktree: Path) -> Mapping[str, str]:
    """Return git's settings for converting files between its objects and a checkout."""
    listed = git(worktree, "config", "-z", "--get-regexp", _CONVERSIONS, check=False)
    return {key: value for key, _, value in (entry.partition("\n") for entry in fields(listed.out))}


def _noticed(worktree: Path) -> frozenset[str]:
    """Return the tracked files that `git status` would report as changed."""
    return frozenset(
        fields(
            git(worktree, "diff-files", "-z", "--name-only", "--no-renames", "--ignore-submodules=all").out
        )
    )


def _parents(paths: Iterable[str]) -> set[str]:
    return {str(each) for path in paths for each in Path(path).parents} - {"."}


def _take_unreadable(worktree: Path, files: set[str]) -> set[str]:
    """Remove unreadable files from a set of files, and return them."""
    locked = {path for path in files if not (worktree / path).is_symlink() and is_locked(worktree / path)}
    files -= locked
    return locked


def _unusual(worktree: Path, index: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for path, mode in index.items():
        status = (worktree / path).lstat()
        if stat.S_ISREG(status.st_mode) and f"100{stat.S_IMODE(status.st_mode):03o}" != mode:
            yield path, stat.S_IMODE(status.st_mode)
