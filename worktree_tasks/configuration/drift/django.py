"""Django: `django_migrations` has apps and names, and a squashed migration names those that it replaces."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from .framework import Drift, Framework, Migration, text_of
from .python_files import class_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .framework import Row

__all__ = ["DJANGO"]

# Alembic has an `env.py` where Django has migrations.
_MIGRATION = re.compile(r"(?:^|/)(?P<app>[^/]+)/migrations/(?!env\.py$)(?P<name>[^/_~][^/]*)\.py$")
_SETTINGS = re.compile(r"(?:^|/)(?:settings|config)(?:[^/]*|/.+)\.py$")
_CONFIGURATION = re.compile(r"(?:^|/)apps\.py$")
_TESTS = re.compile(r"(?:^|/)tests?/")

Key = tuple[str, str]


def _compare(rows: Iterable[Row], files: Mapping[str, bytes]) -> Drift:
    applied: dict[Key, None] = dict.fromkeys((row[0], row[1]) for row in rows)
    apps = _apps(files)
    known = {(app, name): path for app, paths in apps.items() for name, path in paths.items()}
    missing = [one for one in applied if one not in known]
    waiting = [one for one in known if one not in applied]
    replaced = _replacements({one for one, _ in (*missing, *waiting)}, apps, files)
    gone = {old for olds in replaced.values() for old in olds}
    begun = {app for app, _ in applied}
    return Drift(
        unknown=tuple(_unknown(one, apps) for one in missing if one not in gone),
        pending=tuple(
            f"{app} {name}"
            for app, name in sorted(waiting)
            if not _is_settled((app, name), replaced, applied)
            and (app in begun or _is_installed(known[app, name], files))
        ),
    )


def _apps(files: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    """Return the paths of migrations by their names, by the labels of apps."""
    found: dict[str, dict[str, str]] = {}
    labels: dict[str, str] = {}
    for path in files:
        if match := _MIGRATION.search(path):
            folder = str(PurePosixPath(path).parent.parent)
            if folder not in labels:
                labels[folder] = _label(files.get(f"{folder}/apps.py"), match["app"])
            found.setdefault(labels[folder], {})[match["name"]] = path
    return found


def _label(configuration: bytes | None, folder: str) -> str:
    """Return an app's label: the one in its configuration, or else its folder's name."""
    values = class_values(configuration, {"label"}) if configuration else {}
    return str(values.get("label") or folder)


def _replacements(
    labels: Iterable[str], apps: Mapping[str, Mapping[str, str]], files: Mapping[str, bytes]
) -> dict[Key, frozenset[Key]]:
    """Return the migrations that the squashed migrations of some apps replace."""
    found: dict[Key, frozenset[Key]] = {}
    for app in labels:
        for name, path in apps.get(app, {}).items():
            content = files[path]
            given = class_values(content, {"replaces"}).get("replaces") if b"replaces" in content else None
            if isinstance(given, list | tuple):
                pairs = (tuple(map(str, one)) for one in given if isinstance(one, list | tuple))
                found[app, name] = frozenset((one[0], one[1]) for one in pairs if len(one) == 2)  # noqa: PLR2004 - app and name
    return {new: olds for new, olds in found.items() if olds}


def _unknown(one: Key, apps: Mapping[str, Mapping[str, str]]) -> Migration:
    app, name = one
    mine = apps.get(app)
    # Apps without migrations in the branch are installed packages, such as Django's own.
    folder = str(PurePosixPath(next(iter(mine.values()))).parent) if mine else f"{app}/migrations"
    return Migration(f"{app} {name}", f"{folder}/{name}.py", sure=mine is not None)


def _is_settled(one: Key, replaced: Mapping[Key, frozenset[Key]], applied: Mapping[Key, None]) -> bool:
    """Return whether Django would skip a migration that has no row.

    A squashed migration counts as applied if all that it replaces are, and is skipped if only some are.
    Otherwise those that it replaces are skipped.
    """
    olds = replaced.get(one, frozenset())
    if any(old in applied for old in olds):
        return True
    return any(
        one in others and (new in applied or not any(old in applied for old in others))
        for new, others in replaced.items()
    )


def _is_installed(path: str, files: Mapping[str, bytes]) -> bool:
    """Return whether an app without any row seems to be installed, according to the settings."""
    if _TESTS.search(path):
        return False
    app = re.escape(PurePosixPath(path).parent.parent.name)
    named = re.compile(rf"[\"'](?:[\w.]+\.)?{app}(?:\.apps\.\w+)?[\"']")
    texts = [text_of(files[one]) or "" for one in files if _SETTINGS.search(one)]
    return not texts or any(named.search(text) for text in texts)


DJANGO = Framework(
    name="Django",
    table="django_migrations",
    columns=("app", "name"),
    globs=("**/migrations/*.py", "**/apps.py", "**/settings*.py", "**/settings/**/*.py", "**/config/**/*.py",
           "**/manage.py"),
    files=re.compile("|".join(one.pattern for one in (_MIGRATION, _SETTINGS, _CONFIGURATION))),
    mark=re.compile(r"(?:^|/)manage\.py$"),
    compare=_compare,
    deletes=True,
)  # fmt: skip
