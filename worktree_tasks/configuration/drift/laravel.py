"""Laravel: `migrations` has the names of the files, including those of packages."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .framework import Drift, Framework, Migration, in_none, in_use

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .framework import Row

__all__ = ["LARAVEL"]

_MIGRATION = re.compile(r"(?:^|/)[Dd]atabase/[Mm]igrations/(?:.+/)?[^/]+_[^/]*\.php$")


def _compare(rows: Iterable[Row], files: Mapping[str, bytes]) -> Drift:
    applied = {row[0]: None for row in rows if row[0]}
    folders: dict[str, dict[str, str]] = {}
    for path in files:
        # Subfolders are read only if the application says so, as for tenants' databases.
        place = PurePosixPath(path)
        folders.setdefault(str(place.parent), {})[place.stem] = path
    return Drift(
        tuple(Migration(name, f"{name}.php", sure=False) for name in in_none(folders, applied)),
        tuple(name for name in sorted(in_use(folders, applied)) if name not in applied),
    )


LARAVEL = Framework(
    name="Laravel",
    table="migrations",
    columns=("migration",),
    globs=("**/[Dd]atabase/[Mm]igrations/**/*.php",),
    files=_MIGRATION,
    mark=_MIGRATION,
    compare=_compare,
    deletes=True,
)
