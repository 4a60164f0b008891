"""Ignored files that contain no one's work: main has the same files, or we wrote them."""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KnownFiles", "digest", "is_file", "is_folder", "is_known"]

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class KnownFiles:
    """The ignored files that contain no one's work.

    Attributes:
        main: The main checkout, from which files were copied.
        written: SHA-256 of the files that we wrote, by path.
        own: Our files that are rewritten whenever they are needed.
    """

    main: Path
    written: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()


def is_file(root: Path, path: str) -> bool:
    """Return whether a path is a file or link, with no link among its parents."""
    mode = _mode(root, path)
    return stat.S_ISREG(mode) or stat.S_ISLNK(mode)


def is_folder(root: Path, path: str) -> bool:
    """Return whether a path is a directory, with no link among its parents."""
    return stat.S_ISDIR(_mode(root, path))


def _mode(root: Path, path: str) -> int:
    if any((root / parent).is_symlink() for parent in Path(path).parents[:-1]):
        return 0
    try:
        return (root / path).lstat().st_mode
    except OSError:
        return 0


def is_known(worktree: Path, path: str, known: KnownFiles) -> bool:
    """Return whether a file is the same in main, or still as we wrote it."""
    mine, theirs = worktree / path, known.main / path
    if path in known.written and not mine.is_symlink() and digest(mine) == known.written[path]:
        return True
    if mine.is_symlink() and mine.readlink() == theirs:
        return True
    if not is_file(known.main, path) or mine.is_symlink() != theirs.is_symlink():
        return False
    if mine.is_symlink():
        return mine.readlink() == theirs.readlink()
    return mine.stat().st_size == theirs.stat().st_size and _same_content(mine, theirs)


def _same_content(one: Path, other: Path) -> bool:
    with one.open("rb") as left, other.open("rb") as right:
        while True:
            a, b = left.read(_CHUNK), right.read(_CHUNK)
            if a != b:
                return False
            if not a:
                return True


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return str(hashlib.file_digest(file, "sha256").hexdigest())
