"""The three sets by which a database and a branch differ, and what each tool tells to compute them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

__all__ = [
    "FAILED",
    "Drift",
    "Framework",
    "Migration",
    "Row",
    "called",
    "files_among",
    "folder_up_to",
    "in_none",
    "in_use",
    "text_of",
]

_WORDS = re.compile(r"[0-9A-Za-z]+")
# What is said behind the name of a migration that began and did not get to its end.
FAILED = " (failed there)"
# A row of a table as text; empty where the column is NULL.
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration that a database has and a branch does not.

    Attributes:
        name: What its tool calls it.
        path: The end of the path that its file has where there is one; empty where only its text tells.
        mention: The word that its file's name or text has in it; empty where the path tells.
        sure: Whether the branch should have it. Otherwise an installed package may have brought it, and it
            counts only where another checkout has its file.
    """

    name: str
    path: str = ""
    mention: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a database and a branch are apart, as one tool sees it.

    Attributes:
        unknown: What is applied in the database and unknown to the branch.
        pending: What the branch has and is not applied, by name, in the order in which it would be.
        changed: What is applied and was changed since, by name.
    """

    unknown: tuple[Migration, ...] = ()
    pending: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Framework:
    """A tool that keeps track of migrations in a table.

    Attributes:
        name: What it is called.
        table: The table.
        columns: Its columns that are read.
        globs: Where a branch may have the files, as git's globs; wider than `files`.
        files: What the paths of the files look like, and of those that tell about them.
        mark: What the path of a file looks like that shows that a branch uses the tool.
        compare: Takes the table's rows and the branch's files by path, and returns the drift.
        deletes: Whether branches delete the files of applied migrations in the normal course of things, so
            that what a branch had once is known to it.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    globs: tuple[str, ...]
    files: re.Pattern[str]
    mark: re.Pattern[str]
    compare: Callable[[Iterable[Row], Mapping[str, bytes]], Drift]
    deletes: bool = False

    def chosen(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Return its files among the paths of a checkout; none where the checkout does not use it."""
        listed = tuple(paths)
        if not any(self.mark.search(path) for path in listed):
            return ()
        return tuple(path for path in listed if self.files.search(path))


def files_among(unknown: Iterable[Migration], paths: Iterable[str]) -> dict[Migration, str]:
    """Return the files of migrations that a checkout has, by the paths of its files."""
    by_word: dict[str, list[str]] = {}
    for path in paths:
        for word in {PurePosixPath(path).name, *_WORDS.findall(path)}:
            by_word.setdefault(word, []).append(path)
    found = {}
    for one in unknown:
        if one.path:
            near = by_word.get(PurePosixPath(one.path).name, ())
            files = (file for file in near if f"/{file}".endswith(f"/{one.path}"))
        else:
            word = max(_WORDS.findall(one.mention), key=len, default="")
            files = (file for file in called(one.mention, by_word.get(word, ())))
        if (file := next(files, None)) is not None:
            found[one] = file
    return found


def called(word: str, paths: Iterable[str]) -> Iterator[str]:
    """Yield the paths of files that a migration is called by, itself or the folder around it."""
    name = re.compile(rf"(?<![0-9A-Za-z]){re.escape(word)}(?![0-9A-Za-z])")
    return (path for path in paths if name.search(path))


def folder_up_to(path: str, names: Collection[str]) -> str:
    """Return the folder of a file that bears one of some names, the outermost; its own folder otherwise."""
    parts = PurePosixPath(path).parent.parts
    end = next((place for place, part in enumerate(parts, 1) if part.lower() in names), len(parts))
    return "/".join(parts[:end])


def in_use(folders: Mapping[str, Mapping[str, str]], applied: Collection[str]) -> dict[str, str]:
    """Return the migrations of the folders that a database is migrated from, with their paths.

    A repository may have folders for several databases. Those of which nothing is applied are another's,
    unless nothing is applied at all.

    Args:
        folders: The paths of migrations by what the table calls them, by folder.
        applied: What the table has.
    """
    used = [paths for paths in folders.values() if any(name in applied for name in paths)]
    return {name: path for paths in used or folders.values() for name, path in paths.items()}


def in_none(folders: Mapping[str, Mapping[str, str]], applied: Iterable[str]) -> tuple[str, ...]:
    """Return what is applied and in no folder of migrations; see `in_use`."""
    return tuple(name for name in applied if all(name not in paths for paths in folders.values()))


def text_of(content: bytes) -> str | None:
    """Return a file's content as text, without the mark that Windows puts in front; None for other bytes."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
