"""The three ways in which a database and a branch can differ, and how each tool defines them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass

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
# Appended to the name of a migration that began and did not finish.
FAILED = " (failed there)"
# A row of a table as text; empty where the column is NULL.
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration that a database has and a branch does not.

    Attributes:
        name: Its name in its tool.
        path: The end of its file's path; empty if the path is unknown.
        mention: A word in its file's name or text; empty if the path identifies it.
        sure: Whether the branch should have it. Otherwise it may come from an installed package, and counts
            only if another checkout has its file.
    """

    name: str
    path: str = ""
    mention: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Drift:
    """The differences between a database and a branch, according to one tool.

    Attributes:
        unknown: Migrations that are applied in the database but unknown to the branch.
        pending: Names of the branch's migrations that are not applied, in the order in which they would be.
        changed: Names of migrations that were changed after they were applied.
    """

    unknown: tuple[Migration, ...] = ()
    pending: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Framework:
    """A tool that tracks migrations in a table.

    Attributes:
        name: Its name.
        table: The table.
        columns: The columns that are read.
        globs: Where a branch may have the files, as globs of git; wider than `files`.
        files: A pattern for the paths of migrations, and of files with facts about them.
        mark: A pattern for the path of a file which shows that a branch uses the tool.
        compare: Takes the table's rows and the branch's files by path, and returns the drift.
        deletes: Whether branches normally delete the files of applied migrations, so that every migration a
            branch ever had counts as known.
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
        """Return its files among the paths of a checkout; none if the checkout does not use it."""
        listed = tuple(paths)
        if not any(self.mark.search(path) for path in listed):
            return ()
        return tuple(path for path in listed if self.files.search(path))


def files_among(unknown: Iterable[Migration], paths: Iterable[str]) -> dict[Migration, str]:
    """Return the files in a checkout of unknown migrations."""
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
    """Yield the paths that contain a word, in the file's name or a folder's."""
    name = re.compile(rf"(?<![0-9A-Za-z]){re.escape(word)}(?![0-9A-Za-z])")
    return (path for path in paths if name.search(path))


def folder_up_to(path: str, names: Collection[str]) -> str:
    """Return the outermost folder of a file with one of some names; otherwise its own folder."""
    parts = PurePosixPath(path).parent.parts
    end = next((place for place, part in enumerate(parts, 1) if part.lower() in names), len(parts))
    return "/".join(parts[:end])


def in_use(folders: Mapping[str, Mapping[str, str]], applied: Collection[str]) -> dict[str, str]:
    """Return the migrations of the folders that a database is migrated from, with their paths.

    A repository may have folders for several databases. A folder from which nothing is applied belongs to
    another database, unless nothing is applied at all.

    Args:
        folders: For each folder, the paths of its migrations by their names in the table.
        applied: The names in the table.
    """
    used = [paths for paths in folders.values() if any(name in applied for name in paths)]
    return {name: path for paths in used or folders.values() for name, path in paths.items()}


def in_none(folders: Mapping[str, Mapping[str, str]], applied: Iterable[str]) -> tuple[str, ...]:
    """Return the applied migrations that are in no folder; see `in_use`."""
    return tuple(name for name in applied if all(name not in paths for paths in folders.values()))


def text_of(content: bytes) -> str | None:
    """Return a file's content as text, without a byte order mark; None if it is not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
