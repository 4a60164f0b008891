"""Alembic: `alembic_version` has the heads, and the revision files have their ancestors."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .framework import Drift, Framework, Migration, folder_up_to
from .python_files import module_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .framework import Row

__all__ = ["ALEMBIC"]

_NAMES = frozenset({"revision", "down_revision", "depends_on", "branch_labels"})
_FOLDERS = frozenset({"versions"})


def _compare(rows: Iterable[Row], files: Mapping[str, bytes]) -> Drift:
    heads = {row[0]: None for row in rows if row[0]}
    paths, before = _revisions(files)
    if not paths:
        return Drift()
    missing = [head for head in heads if head not in paths]
    # Beside one of the branch's heads, an unknown head may belong to a package with its own revisions.
    alone = len(missing) == len(heads)
    unknown = tuple(Migration(f"revision {head}", mention=head, sure=alone) for head in missing)
    if missing and alone:
        return Drift(unknown)  # its distance from this branch's revisions is unknown
    applied = _with_ancestors((head for head in heads if head in paths), before)
    used = {folder_up_to(paths[one], _FOLDERS) for one in applied}
    return Drift(
        unknown,
        pending=tuple(
            _name(one, paths[one])
            for one in _in_order(before)
            if one not in applied and (not used or folder_up_to(paths[one], _FOLDERS) in used)
        ),
    )


def _revisions(files: Mapping[str, bytes]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return the path of each revision, and the revisions that it follows or depends on."""
    found: dict[str, str] = {}
    named: dict[str, tuple[str, ...]] = {}
    labels: dict[str, str] = {}
    for path in sorted(files):
        content = files[path]
        values = module_values(content, _NAMES) if b"down_revision" in content else {}
        revision = values.get("revision")
        if isinstance(revision, str) and "down_revision" in values:
            found[revision] = path
            named[revision] = (*_texts(values["down_revision"]), *_texts(values.get("depends_on")))
            labels |= dict.fromkeys(_texts(values.get("branch_labels")), revision)
    before = {
        one: tuple(known for earlier in ahead if (known := _resolved(earlier, found, labels)))
        for one, ahead in named.items()
    }
    return found, before


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(map(str, value)) if isinstance(value, list | tuple | set) else ()


def _resolved(word: str, paths: Mapping[str, str], labels: Mapping[str, str]) -> str | None:
    """Resolve an identifier, the start of one, or a branch label to a revision; None if it is unknown."""
    if word in paths:
        return word
    starting = [one for one in paths if one.startswith(word)]
    return starting[0] if len(starting) == 1 else labels.get(word)


def _with_ancestors(heads: Iterable[str], before: Mapping[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    ahead = list(heads)
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead += before[one]
    return found


def _in_order(before: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    try:
        return tuple(TopologicalSorter(before).static_order())
    except CycleError:
        return tuple(before)


def _name(revision: str, path: str) -> str:
    stem = PurePosixPath(path).stem
    return stem if revision in stem else f"{revision} ({stem})"


ALEMBIC = Framework(
    name="Alembic",
    table="alembic_version",
    columns=("version_num",),
    globs=("**/versions/**/*.py", "**/*_versions/**/*.py", "**/alembic/**/*.py", "**/migrations/**/*.py"),
    files=re.compile(r"(?:^|/)(?:[^/]*_)?(?:versions|alembic|migrations)/(?:.+/)?[^/]+\.py$"),
    # `env.py` comes from Alembic's template and is next to the revisions.
    mark=re.compile(
        r"(?:^|/)(?:\w*alembic\w*|migrations)/(?:\w+/)?env\.py$|(?:^|/|_)versions/(?:.+/)?[^/]+\.py$"
    ),
    compare=_compare,
)
