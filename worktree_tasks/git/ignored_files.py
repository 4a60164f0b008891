"""Ignored files: list them, and choose those for every worktree."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..printable import lines_of
from ..quick_dataclasses import dataclass
from .program import fields, git

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = [
    "INSTALLED",
    "Untracked",
    "ignored_folders",
    "ignored_matching",
    "included",
    "tracked",
    "untracked",
]

# Directories that tools fill with tens of thousands of files. `.worktreeinclude` searches one only if a
# pattern names it, so that a pattern such as `.env` does not search them all.
INSTALLED = frozenset({"node_modules", ".venv", "venv", "__pycache__", ".tox", ".nox", "bower_components"})

# Argument lists are limited to about 128 KiB on the strictest systems.
_CHUNK = 256

_IGNORED = ("ls-files", "-z", "--others", "--ignored")


@dataclass(frozen=True, slots=True)
class Untracked:
    """Files that git does not track: those that it ignores, and others."""

    ignored: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()


def untracked(root: Path, paths: Sequence[str]) -> Untracked:
    """Return those of some files that git does not track.

    Args:
        root: A checkout's root.
        paths: Files relative to it, taken literally.

    Raises:
        CommandError: git failed.
    """
    argv = ("--literal-pathspecs", "ls-files", "-z", "--others")

    def ask(wanted: Sequence[str], *options: str) -> frozenset[str]:
        listed = (fields(git(root, *argv, *options, "--", *chunk).out) for chunk in _chunks(wanted))
        return frozenset(path for paths in listed for path in paths)

    found = ask(paths)
    others = ask(sorted(found), "--exclude-standard")
    return Untracked(found - others, others)


def tracked(root: Path, paths: Sequence[str]) -> frozenset[str]:
    """Return those of the paths that git tracks, or that are directories of tracked files.

    Args:
        root: A checkout's root.
        paths: Paths relative to it, taken literally.

    Raises:
        CommandError: git failed.
    """
    found: set[str] = set()
    for chunk in _chunks(paths):
        listed = fields(git(root, "--literal-pathspecs", "ls-files", "-z", "--cached", "--", *chunk).out)
        for path in listed:
            parts = path.split("/")
            found.update("/".join(parts[:count]) for count in range(1, len(parts) + 1))
    return frozenset(path for path in paths if path.rstrip("/") in found)


def included(
    root: Path, include_file: str = ".worktreeinclude", *, patterns: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return the files that `.worktreeinclude` names and git ignores.

    Args:
        root: A checkout's root.
        include_file: A file of patterns in the syntax of `.gitignore`, relative to `root`.
        patterns: More patterns, which come after those of the file.

    Raises:
        CommandError: git failed.
    """
    file = root / include_file
    lines = lines_of(os.fsdecode(file.read_bytes())) if file.is_file() else []
    return ignored_matching(root, (*lines, *patterns))


def ignored_folders(root: Path) -> tuple[str, ...]:
    """Return the folders that git ignores as a whole, the outermost of each.

    Raises:
        CommandError: git failed.
    """
    found = fields(git(root, *_IGNORED, "--exclude-standard", "--directory").out)
    return tuple(path.rstrip("/") for path in found if path.endswith("/"))


def ignored_matching(root: Path, patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the files that git ignores and that match patterns in the syntax of `.gitignore`.

    Raises:
        CommandError: git failed.
    """
    wanted = [line for line in patterns if line.strip() and not line.startswith("#")]
    if not wanted:
        return ()
    # For speed, an ignored directory is listed as one entry; those that may matter are then entered.
    collapsed = fields(git(root, *_IGNORED, "--exclude-standard", "--directory").out)
    worth = [path for path in collapsed if not _is_installed(path) or _names(wanted, path)]
    excludes = [f"--exclude={line}" for line in wanted]
    found = (
        path
        for chunk in _chunks(worth)
        for path in fields(git(root, "--literal-pathspecs", *_IGNORED, *excludes, "--", *chunk).out)
    )
    return tuple(sorted({path for path in found if not path.endswith("/")}))


def _is_installed(path: str) -> bool:
    return path.endswith("/") and path.rstrip("/").rpartition("/")[2] in INSTALLED


def _names(patterns: Sequence[str], directory: str) -> bool:
    name = directory.rstrip("/").rpartition("/")[2]
    return any(name in line.strip().split("/") for line in patterns if not line.startswith("!"))


def _chunks(paths: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(paths), _CHUNK):
        yield paths[first : first + _CHUNK]
