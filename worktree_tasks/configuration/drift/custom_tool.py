"""A tool that the setting `drift` describes: a table, the column that names migrations, and their files."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass
from .framework import Drift, Framework, Migration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .framework import Row

__all__ = ["Described", "framework"]

_ANY = re.compile("")


@dataclass(frozen=True, slots=True)
class Described:
    """How a tool stores migrations.

    Attributes:
        table: The table, with or without its schema.
        column: The column with the name or version of each migration.
        files: The files, as globs of git; all that match are migrations.
    """

    table: str
    column: str
    files: tuple[str, ...]


def framework(described: Described) -> Framework:
    """Return the described tool."""
    return Framework(
        name=described.table,
        table=described.table,
        columns=(described.column,),
        globs=described.files,
        files=_ANY,
        mark=_ANY,
        compare=_compare,
    )


def _compare(rows: Iterable[Row], files: Mapping[str, bytes]) -> Drift:
    applied = {_plain(row[0]): row[0] for row in rows if row[0].strip("0")}
    called = {path: frozenset(_names(path)) for path in files}
    known = frozenset().union(*called.values())
    return Drift(
        tuple(Migration(name, mention=name) for key, name in applied.items() if key not in known),
        tuple(PurePosixPath(path).name for path in sorted(called) if not called[path] & applied.keys()),
    )


def _names(path: str) -> Iterator[str]:
    """Yield a file's possible names in a table: its path, its name, also without endings, its first word."""
    name = PurePosixPath(path).name
    yield path
    yield name
    while (stem := PurePosixPath(name).stem) != name:
        name = stem
        yield name
    yield _plain(re.split(r"[^0-9A-Za-z]", name, maxsplit=1)[0])


def _plain(value: str) -> str:
    """Return a value without its namespace, and a number without leading zeros."""
    word = value if "/" in value else value.rpartition("\\")[2]
    return word.lstrip("0") or word if word.isdecimal() else word
