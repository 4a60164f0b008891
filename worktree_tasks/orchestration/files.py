"""Files that a worktree needs and git does not bring: ignored ones, copied from main."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from .. import files
from .. import repository as git
from .written import note_written

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..store import Record
    from .site import Site

__all__ = ["copy_files", "env_files", "needed_files", "tracked_env_files"]

# What projects name the files that `dotenv` libraries, Vite, Compose and direnv read.
_ENV_PATTERNS = (".env", ".env.*", "*.env", ".envrc")

_NAMED = 3


def copy_files(site: Site, record: Record) -> tuple[str, ...]:
    """Copy main's ignored files that the stack needs, env files excepted; never over a file.

    Returns:
        The files that were copied, relative to the checkout.
    """
    with site.progress.step("files") as say:
        copied = tuple(
            name for name in needed_files(site) if files.copy(site.main / name, record.path / name)
        )
        if copied:
            note_written(site, record, copied)
            more = f" and {len(copied) - _NAMED} more" if len(copied) > _NAMED else ""
            say(f"{', '.join(copied[:_NAMED])}{more} from main")
        return copied


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
