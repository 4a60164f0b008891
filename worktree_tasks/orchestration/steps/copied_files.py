"""Files that a worktree needs and git does not bring: ignored ones, copied from main."""

from __future__ import annotations

import os
import posixpath
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import git
from ...machine import files
from .written import not_ours, note_written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...store import Record
    from .project import Site

__all__ = ["copy_files", "env_files", "named_files", "needed_files", "tracked_env_files"]

# What projects name the files that `dotenv` libraries, Vite, Compose and direnv read.
_ENV_PATTERNS = (".env", ".env.*", "*.env", ".envrc")

_NAMED = 3
# From this many files on, copying takes long enough to be told at once, and then now and again.
_MANY = 2000
_EVERY_SECONDS = 3


def copy_files(site: Site, record: Record) -> tuple[str, ...]:
    """Copy main's ignored files that the stack needs, env files excepted; never over a file.

    Returns:
        The files that were copied, relative to the checkout.
    """
    with site.progress.step("files") as say:
        needed = needed_files(site)
        there = {name for name in needed if os.path.lexists(record.path / name)}
        kept = not_ours(record, [name for name in needed if name not in there])
        wanted = [name for name in needed if name not in there and name not in kept]
        told = time.monotonic() if len(wanted) < _MANY else 0.0
        copied: list[str] = []
        for number, name in enumerate(wanted):
            if time.monotonic() > told + _EVERY_SECONDS:
                site.progress.note(f"copying {name.partition('/')[0]}: {number} of {len(wanted)} files")
                told = time.monotonic()
            if _copied(site, record, name):
                copied.append(name)
        if kept:
            site.progress.note(f"{_some(list(kept))} not copied: {next(iter(kept.values()))}")
        if copied:
            # What tools fill is nobody's work, and reading all of it again would take its time.
            note_written(site, record, [name for name in copied if not git.INSTALLED & {*name.split("/")}])
            say(f"{_some(copied)} from main")
        return tuple(copied)


def _some(names: Sequence[str]) -> str:
    """Name the first of some files, and count the others."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _copied(site: Site, record: Record, name: str) -> bool:
    """Copy one of main's files; a symbolic link leads to the same place here, or outside as main's does."""
    source, target = site.main / name, record.path / name
    if not source.is_symlink():
        return files.copy(source, target, root=record.path)
    if not source.exists():
        site.progress.note(f"{name} is a symbolic link that leads nowhere; the worktree does without it")
        return False
    link = source.readlink()
    aim = Path(os.path.normpath(source.parent / link))
    if aim.is_relative_to(site.main):
        aim = record.path / aim.relative_to(site.main) if link.is_absolute() else link
    return files.link(target, aim, root=record.path)


def named_files(site: Site) -> set[str]:
    """Return the files of main that the compose project cannot do without, relative to it."""
    inner = {name for name in (*site.compose_files.files, *_env_files_of_services(site)) if _is_inside(name)}
    return {name for name in inner if (site.main / name).is_file()} | set(_named_by_compose(site))


def needed_files(site: Site) -> tuple[str, ...]:
    """Return main's ignored files that the compose project names, or `.worktreeinclude` and `wt.files`."""
    named = {*site.compose_files.files, *_named_by_compose(site)}
    ignored = set(git.ignored_files(site.main, sorted(named))) if named else set()
    ignored |= set(git.included(site.main, patterns=site.settings.files))
    return tuple(sorted(ignored - set(env_files(site))))


def env_files(site: Site) -> tuple[str, ...]:
    """Return main's ignored env files: those that Compose or the project reads."""
    if "env_files" not in site.cache:
        named = [
            name
            for name in (*site.compose_files.env_files, *_env_files_of_services(site))
            if _is_inside(name)
        ]
        found = {
            *git.ignored_files(site.main, sorted(set(named))),
            *git.ignored_matching(site.main, _ENV_PATTERNS),
        }
        site.cache["env_files"] = tuple(sorted(name for name in found if (site.main / name).is_file()))
    return tuple(site.cache["env_files"])


def tracked_env_files(site: Site) -> tuple[str, ...]:
    """Return the env files of Compose that git tracks; they are never changed."""
    named = [
        name for name in (*site.compose_files.env_files, *_env_files_of_services(site)) if _is_inside(name)
    ]
    return tuple(sorted(git.tracked(site.main, sorted(set(named)))))


def _named_by_compose(site: Site) -> Iterable[str]:
    """Yield the files that secrets, configs and single-file mounts name."""
    model = site.model
    sources = [
        spec.get("file") for kind in ("secrets", "configs") for spec in (model.get(kind) or {}).values()
    ]
    sources += [
        mount.get("source")
        for spec in model["services"].values()
        for mount in spec.get("volumes") or ()
        if mount.get("type") == "bind"
    ]
    for source in sources:
        relative = _relative(site, str(source or ""))
        if relative and (site.main / relative).is_file():
            yield relative


def _env_files_of_services(site: Site) -> Iterable[str]:
    for spec in site.raw_model["services"].values():
        entries: Any = spec.get("env_file") or ()
        for entry in [entries] if isinstance(entries, str) else entries:
            path = entry.get("path", "") if isinstance(entry, dict) else str(entry)
            relative = _relative(site, posixpath.join(site.compose_files.directory, path))
            if relative:
                yield relative


def _relative(site: Site, path: str) -> str | None:
    """Return a path relative to main, or None when it lies outside."""
    main = str(site.main)
    relative = posixpath.relpath(posixpath.join(main, path), main)
    return relative if _is_inside(relative) else None


def _is_inside(relative: str) -> bool:
    return (
        bool(relative)
        and not relative.startswith("../")
        and relative not in (".", "..")
        and not posixpath.isabs(relative)
    )
