"""Flyway: `flyway_schema_history` has versions, repeatable migrations, checksums, and what was undone."""

from __future__ import annotations

import re
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass, field
from .framework import FAILED, Drift, Framework, Migration, folder_up_to, text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from .framework import Row

__all__ = ["FLYWAY"]

_FILE = re.compile(
    r"(?:^|/)(?:(?P<kind>[VB])(?P<version>\d[\d._]*?)__|R__)(?P<description>[^/]*)\.(?:sql|java|kt)$"
)
_FOLDERS = frozenset({"migration", "migrations", "sql", "flyway"})
# Folders for one kind of database each: the values of the placeholder `{vendor}`.
_VENDORS = frozenset({"db2", "derby", "h2", "hsqldb", "mariadb", "mysql", "oracle", "postgresql", "sqlite",
                      "sqlserver"})  # fmt: skip
_TESTS = re.compile(r"(?:^|/)src/\w*[tT]est\w*/")
_FALSE = frozenset({"0", "f", "false"})

Version = tuple[int, ...]
# A version, or the description of a repeatable migration.
Key = Version | str


@dataclass(slots=True)
class _Files:
    """The files of each migration; a version may have one for each kind of database."""

    migrations: dict[Key, list[str]] = field(default_factory=dict)
    baselines: dict[Key, list[str]] = field(default_factory=dict)

    def of(self, key: Key) -> list[str]:
        return [*self.migrations.get(key, ()), *self.baselines.get(key, ())]


@dataclass(slots=True)
class _History:
    """The table's content: scripts and checksums, failed migrations, and the baseline version."""

    applied: dict[Key, tuple[str, str]] = field(default_factory=dict)
    failed: dict[Key, str] = field(default_factory=dict)
    start: Version | None = None


def _compare(rows: Iterable[Row], files: Mapping[str, bytes]) -> Drift:
    history = _history(rows)
    known = _files(files, {_stem(script) for script, _ in history.applied.values()})
    start = history.start
    if not history.applied and start is None and known.baselines:
        start = max(key for key in known.baselines if isinstance(key, tuple))
    waiting = [key for key in known.migrations if key not in history.applied and not _is_before(key, start)]
    differing = [
        key
        for key, (script, checksum) in history.applied.items()
        if _differs(known, files, key, script, checksum)
    ]
    # Repeatable migrations are applied again when they change.
    waiting += [key for key in differing if isinstance(key, str)]
    first = [] if history.applied or start is None else known.baselines.get(start, [])[:1]
    scripts = {key: script for key, (script, _) in history.applied.items()} | history.failed
    return Drift(
        tuple(
            Migration(_stem(script) + (FAILED if key in history.failed else ""), _file_name(script))
            for key, script in scripts.items()
            if not known.of(key)
        ),
        tuple(
            _stem(path)
            for path in (*first, *(known.migrations[key][0] for key in sorted(waiting, key=_order)))
        ),
        tuple(_stem(known.of(key)[0]) for key in sorted(differing, key=_order) if isinstance(key, tuple)),
    )


def _history(rows: Iterable[Row]) -> _History:
    found = _History()
    for _, version, description, kind, script, checksum, success in sorted(
        rows, key=lambda row: _number(row[0]) or 0
    ):
        key: Key = _version(version) if version else description
        if "BASELINE" in kind and isinstance(key, tuple):
            found.start = max(found.start or key, key)
        if kind in ("BASELINE", "SCHEMA"):
            continue
        if success.lower() in _FALSE:
            found.failed[key] = script
            continue
        found.failed.pop(key, None)
        if kind == "DELETE" or kind.startswith("UNDO"):
            found.applied.pop(key, None)
        else:
            found.applied[key] = (script, checksum)
    return found


def _files(paths: Iterable[str], scripts: Collection[str]) -> _Files:
    """Return the files in those folders from which scripts were applied to the database."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        if _FILE.search(path) and not _TESTS.search(path):
            folders.setdefault(_folder(path), []).append(path)
    used = [one for one in folders.values() if any(_stem(path) in scripts for path in one)]
    found = _Files()
    for path in (path for one in used or folders.values() for path in one):
        if match := _FILE.search(path):
            kept = found.baselines if match["kind"] == "B" else found.migrations
            key = _version(match["version"]) if match["version"] else match["description"].replace("_", " ")
            kept.setdefault(key, []).append(path)
    return found


def _folder(path: str) -> str:
    vendor = next((part for part in PurePosixPath(path).parts[:-1] if part in _VENDORS), "")
    return f"{folder_up_to(path, _FOLDERS)} {vendor}"


def _differs(known: _Files, files: Mapping[str, bytes], key: Key, script: str, checksum: str) -> bool:
    """Return whether no candidate for the applied file still has its checksum."""
    candidates = [path for path in known.of(key) if path.endswith(".sql")]
    same = [path for path in candidates if _stem(path) == _stem(script)] or candidates
    return bool(same and checksum) and not any(
        _matches(files[path], checksum, repeated=isinstance(key, str)) for path in same
    )


def _matches(content: bytes, checksum: str, *, repeated: bool) -> bool:
    """Return whether a script has a checksum, or whether this is unknown.

    Flyway's checksum covers the lines without line ends, in repeatable ones with placeholders filled in.
    """
    text = text_of(content)
    given = _number(checksum)
    if text is None or given is None or (repeated and "${" in text):
        return True
    lines = text.replace("\r", "").replace("\n", "")
    return zlib.crc32(lines.encode()) == given & 0xFFFFFFFF


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"-?[0-9]{1,19}", text) else None


def _version(text: str) -> Version:
    """Return a version as numbers; `1.0` and `1` are the same version."""
    numbers = [int(part) for part in re.split(r"[._]", text) if part.isdecimal()]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _is_before(key: Key, start: Version | None) -> bool:
    return isinstance(key, tuple) and start is not None and key <= start


def _order(key: Key) -> tuple[bool, Version, str]:
    """Return a sort key that puts versions first."""
    return (True, (), key) if isinstance(key, str) else (False, key, "")


def _file_name(script: str) -> str:
    """Return the file name of a script, which is a class name in Java."""
    return PurePosixPath(script).name if script.endswith(".sql") else f"{_stem(script)}.java"


def _stem(script: str) -> str:
    name = PurePosixPath(script).name
    for ending in (".sql", ".java", ".kt"):
        name = name.removesuffix(ending)
    return name if "/" in script or script != name else name.rpartition(".")[2] or name


FLYWAY = Framework(
    name="Flyway",
    table="flyway_schema_history",
    columns=("installed_rank", "version", "description", "type", "script", "checksum", "success"),
    globs=("**/[VBR]*__*.sql", "**/[VBR]*__*.java", "**/[VBR]*__*.kt"),
    files=_FILE,
    mark=_FILE,
    compare=_compare,
)
