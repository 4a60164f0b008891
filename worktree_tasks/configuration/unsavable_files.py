"""Files that a restore point cannot hold, and the flags that allow deleting them all the same."""

from __future__ import annotations

import os
import shlex
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from ..printable import printable
from ..quick_dataclasses import dataclass
from .formatting import spoken_count, spoken_size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "CACHE",
    "TOO_LARGE",
    "UNREADABLE",
    "LeftOut",
    "discard_flags",
    "is_discarded",
    "relative",
    "spoken_left_out",
    "undiscarded",
]

TOO_LARGE = "too large"
UNREADABLE = "unreadable"
CACHE = "cache"
_NAMED = 5


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or directory that is not in a restore point.

    Attributes:
        path: Its path.
        size: Its size in bytes; -1 if unknown.
        why: `too large`, `unreadable`, `cache`, or its type: `socket`, `named pipe`, `device`.
    """

    path: str
    size: int
    why: str

    @classmethod
    def read(cls, row: Sequence[Any]) -> LeftOut:
        """Parse what `written` returned; in earlier versions that had no reason."""
        path, size, *why = row
        return cls(path, size, why[0] if why else TOO_LARGE if size >= 0 else UNREADABLE)

    @property
    def written(self) -> tuple[str, int, str]:
        """The values that a restore point records of it."""
        return self.path, self.size, self.why

    @property
    def is_data(self) -> bool:
        """Whether it may be somebody's work, which no program can recreate."""
        return self.why in {TOO_LARGE, UNREADABLE}


def relative(paths: Iterable[str], root: str) -> tuple[str, ...]:
    """Return paths relative to a root."""
    return tuple(os.path.relpath(path, root) if path.startswith("/") else path for path in paths)


def undiscarded(left_out: Iterable[LeftOut], discard: Iterable[str]) -> tuple[LeftOut, ...]:
    """Return the data among what is left out that the user did not allow to delete.

    Args:
        left_out: What is left out.
        discard: What may be deleted, as paths in the worktree; a directory includes all below it.
    """
    allowed = tuple(discard)
    return tuple(one for one in left_out if one.is_data and not is_discarded(one.path, allowed))


def is_discarded(path: str, discard: Iterable[str]) -> bool:
    """Return whether the user allowed to delete a path, or a directory that it is in."""
    given = {os.path.normpath(one) for one in discard if one}
    return bool(given & {path, *map(str, PurePosixPath(path).parents)})


def discard_flags(paths: Iterable[str]) -> str:
    """Return the flags that allow deleting paths, by directory if there are many."""
    names = set(paths)
    depth = max((one.count("/") for one in names), default=0)
    while len(names) > _NAMED and depth:
        names = {"/".join(name.split("/")[:depth]) for name in names}
        depth -= 1
    if len(names) > _NAMED or any(printable(name) != name for name in names):
        names = {"."}
    return " ".join(f"--discard {shlex.quote(_no_flag(name))}" for name in sorted(names))


def _no_flag(name: str) -> str:
    return f"./{name}" if name.startswith("-") else name


def spoken_left_out(left_out: Sequence[LeftOut]) -> str:
    """Return the first names of what is left out, data first, and how many more there are."""
    ordered = sorted(left_out, key=lambda one: not one.is_data)
    more = len(ordered) - _NAMED
    named = (f"{printable(one.path)} ({_reason(one)})" for one in ordered[:_NAMED])
    return ", ".join((*named, *((f"and {spoken_count(more, 'other')}",) if more > 0 else ())))


def _reason(one: LeftOut) -> str:
    return f"{one.why}: {spoken_size(one.size)}" if one.size >= 0 else one.why
