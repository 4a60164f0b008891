"""Rails: `schema_migrations` has versions, with which the file names begin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .framework import Drift, Framework, Migration, in_none, in_use

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .framework import Row

__all__ = ["RAILS"]

_MIGRATION = re.compile(
    r"(?P<folder>(?:^|.*/)db/(?:\w+_)?migrate)/(?:.+/)?(?P<version>\d+)_(?P<name>[_a-z0-9.]*)\.rb$"
)


def _compare(rows: Iterable[Row], files: Mapping[str, bytes]) -> Drift:
    # Rails treats `001` as 1.
    applied = {str(int(row[0])): None for row in rows if row[0].isdecimal()}
    folders: dict[str, dict[str, str]] = {}
    names: dict[str, str] = {}
    for path in files:
        if match := _MIGRATION.search(path):
            version = str(int(match["version"]))
            folders.setdefault(match["folder"], {})[version] = path
            # A migration copied from an engine has the engine's name after its own.
            names[version] = f"{match['version']}_{match['name'].partition('.')[0]}"
    known = in_use(folders, applied)
    return Drift(
        # Gems may have migrations of their own.
        tuple(Migration(version, mention=version, sure=False) for version in in_none(folders, applied)),
        tuple(names[version] for version in sorted(known, key=int) if version not in applied),
    )


RAILS = Framework(
    name="Rails",
    table="schema_migrations",
    columns=("version",),
    globs=("**/*migrate/**/*.rb",),
    files=_MIGRATION,
    mark=_MIGRATION,
    compare=_compare,
    deletes=True,
)
