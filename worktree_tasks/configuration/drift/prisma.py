"""Prisma: `_prisma_migrations` has the names of folders, checksums, and what failed or was rolled back."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from .framework import FAILED, Drift, Framework, Migration, in_use

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .framework import Row

__all__ = ["PRISMA"]

_MIGRATION = re.compile(r"(?P<folder>(?:^|.*/)migrations)/(?P<name>[^/]+)/migration\.sql$")
_PADDED = 64


def _compare(rows: Iterable[Row], files: Mapping[str, bytes]) -> Drift:
    checksums: dict[str, str] = {}
    failed: set[str] = set()
    for name, checksum, finished, rolled_back in rows:
        if rolled_back:
            continue
        if finished:
            checksums[name] = checksum
        else:
            failed.add(name)
    # A migration that failed and was tried again has a row for each attempt.
    failed -= checksums.keys()
    folders: dict[str, dict[str, str]] = {}
    for path in files:
        if match := _MIGRATION.search(path):
            folders.setdefault(match["folder"], {})[match["name"]] = path
    known = in_use(folders, checksums.keys() | failed)
    return Drift(
        tuple(
            Migration(_marked_name(name, failed), f"{name}/migration.sql")
            for name in sorted(checksums.keys() | failed)
            if name not in known
        ),
        tuple(_marked_name(name, failed) for name in sorted(known) if name not in checksums),
        tuple(
            name
            for name, path in sorted(known.items())
            if name in checksums and not _matches(files[path], checksums[name])
        ),
    )


def _marked_name(name: str, failed: set[str]) -> str:
    return name + (FAILED if name in failed else "")


def _matches(content: bytes, checksum: str) -> bool:
    """Return whether a script is the one that was applied, regardless of line ends.

    This includes checksums of Prisma's first versions, whose bytes lack leading zeros.
    """
    plain = content.replace(b"\r\n", b"\n")
    for one in (content, plain, content.replace(b"\n", b"\r\n"), plain.replace(b"\n", b"\r\n")):
        digest = hashlib.sha256(one)
        padded = len(checksum) == _PADDED
        text = digest.hexdigest() if padded else "".join(f"{byte:x}" for byte in digest.digest())
        if text == checksum:
            return True
    return False


PRISMA = Framework(
    name="Prisma",
    table="_prisma_migrations",
    columns=("migration_name", "checksum", "finished_at", "rolled_back_at"),
    globs=("**/migrations/*/migration.sql", "**/migrations/migration_lock.toml"),
    files=_MIGRATION,
    mark=re.compile(r"(?:^|/)migrations/migration_lock\.toml$"),
    compare=_compare,
)
