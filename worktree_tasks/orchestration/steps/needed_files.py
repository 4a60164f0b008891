"""Main's files that a worktree needs and git does not check out: for Compose, env files, and by patterns."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from ... import git
from ...configuration.compose import compose_file_text
from ...configuration.databases import sqlite_paths
from ...configuration.env.expansion import expand
from ...lazy_values import once_each
from ...machine import files

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from .project import Project
    from .worktree_handle import Tree

__all__ = [
    "described_by",
    "env_files",
    "ignored_files",
    "named_env_files",
    "named_files",
    "needed_files",
    "new_env_file",
    "templates_file",
    "tracked_env_files",
    "untracked_files",
]

# The names of files that `dotenv` libraries, Vite, Compose and direnv read.
_ENV_PATTERNS = (".env", ".env.*", "*.env", ".envrc")

# The keys by which a compose file reads others; without one, it does not need to be parsed.
_READS_OTHERS = re.compile(r"\b(?:include|extends|label_file)\b")


def named_files(project: Project) -> set[str]:
    """Return main's files that the compose project needs, relative to main."""
    inner = {
        name for name in (*_compose_files(project), *_env_files_of_services(project)) if _is_inside(name)
    }
    return {name for name in inner if (project.main / name).is_file()} | set(_named_by_compose(project))


def needed_files(project: Project) -> tuple[str, ...]:
    """Return main's ignored files that a worktree needs: for Compose, for git's hooks, and by patterns.

    The patterns are those of `.worktreeinclude` and `wt.files`. No hook runs without the directory of
    `core.hooksPath`, which tools such as husky make git ignore.
    """
    named = {*_compose_files(project), *_named_by_compose(project)} & untracked_files(project).ignored
    hooks = git.hooks_folder(project.repository)
    patterns = (*project.settings.files, *((f"/{hooks}/",) if hooks else ()))
    included = git.included(project.main, patterns=patterns)
    return tuple(sorted({*named, *included} - {*env_files(project)}))


@once_each
def untracked_files(project: Project) -> git.Untracked:
    """Return the files that the compose project names and git does not track in main."""
    composed = {name for name in _compose_files(project) if _is_inside(name)}
    named = {*composed, *_named_by_compose(project), *named_env_files(project)}
    return git.untracked(project.main, sorted(named))


def described_by(project: Project) -> frozenset[str]:
    """Return main's files that say what its stack is, whether they exist or not: compose and env files."""
    named = _files_by_compose_file(project)
    # Besides compose files: the env files of includes, and the files of labels.
    others = {place for found in named.values() for place, like_it in found if not like_it}
    inner = filter(_is_inside, {*named, *others, project.input.files.default_env_file})
    return frozenset({*inner, *named_env_files(project)})


def _compose_files(project: Project) -> Collection[str]:
    """Return main's compose files, including those that others include or extend."""
    return _files_by_compose_file(project).keys()


@once_each
def _files_by_compose_file(project: Project) -> Mapping[str, tuple[tuple[str, bool], ...]]:
    """Return the files that each of main's compose files names, as from `_named_in`."""
    found: dict[str, tuple[tuple[str, bool], ...]] = {}
    waiting = list(project.input.files.files)
    while waiting:
        name = waiting.pop()
        if name not in found and (project.main / name).is_file():
            found[name] = tuple(_named_in(project, name))
            waiting += [place for place, like_it in found[name] if like_it]
    return found


def _named_in(project: Project, name: str) -> Iterable[tuple[str, bool]]:
    """Yield the files that a compose file of main may name, and whether they are compose files too.

    Only what `_READS_OTHERS` matches is parsed: Compose itself tells the env files of services.
    """
    text = files.read_text(project.main / name)
    if _READS_OTHERS.search(text):
        for path, like_it in compose_file_text.mentions(text).files:
            written = expand(path, project.input.interpolation)
            folders = (posixpath.dirname(name), project.input.files.directory)
            yield from ((place, like_it) for place in compose_file_text.places_of(written, folders))


@once_each
def ignored_files(project: Project) -> tuple[str, ...]:
    """Return main's ignored files with names of env files or SQLite databases."""
    return git.ignored_matching(project.main, (*_ENV_PATTERNS, *sqlite_paths.PATTERNS))


@once_each
def env_files(project: Project) -> tuple[str, ...]:
    """Return main's ignored env files: those that Compose or the project reads."""
    named = named_env_files(project) & untracked_files(project).ignored
    found = {*named, *(name for name in ignored_files(project) if _is_env_file(name))}
    return tuple(sorted(name for name in found if (project.main / name).is_file()))


def _is_env_file(path: str) -> bool:
    """Return whether a file has an env file's name, and no directory on its path has one, as a venv may."""
    *folders, name = path.split("/")
    return _named_like_one(name) and not any(map(_named_like_one, folders))


def _named_like_one(name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in _ENV_PATTERNS)


def new_env_file(tree: Tree) -> str | None:
    """Return the `.env` that a worktree gets although main has none, for values that plain Compose needs."""
    name = tree.input.files.env_file
    with_templates = tree.project.settings.env and name == templates_file(tree)
    needed = not tree.input.files.implicit or with_templates
    return name if needed and name not in env_files(tree.project) else None


def templates_file(tree: Tree) -> str:
    """Return the `.env` that gets the values of the setting `wt.env`: the root's, or else Compose's."""
    return ".env" if ".env" in env_files(tree.project) else tree.input.files.env_file


def tracked_env_files(project: Project) -> tuple[str, ...]:
    """Return the env files of Compose that git tracks; they are never changed."""
    return tuple(sorted(git.tracked(project.main, sorted(named_env_files(project)))))


def named_env_files(project: Project) -> set[str]:
    """Return main's files that Compose reads values from, whether they exist or not."""
    named = (*project.input.files.env_files, *_env_files_of_services(project))
    return {name for name in named if _is_inside(name)}


def _named_by_compose(project: Project) -> Iterable[str]:
    """Yield the files that secrets, configs and single-file mounts name."""
    model = project.model
    specs = model.services.values()
    mounted = (mount.source for spec in specs for mount in spec.mounts if mount.type == "bind")
    for source in (*model.secrets.values(), *model.configs.values(), *mounted):
        relative = _relative(project, source)
        if relative and (project.main / relative).is_file():
            yield relative


def _env_files_of_services(project: Project) -> Iterable[str]:
    for spec in project.raw_specs.values():
        for path in spec.env_files:
            written = expand(path, project.input.interpolation)
            relative = _relative(project, posixpath.join(project.input.files.directory, written))
            if relative:
                yield relative


def _relative(project: Project, path: str) -> str | None:
    """Return a path relative to main; None if it is outside."""
    main = str(project.main)
    relative = posixpath.relpath(posixpath.join(main, path), main)
    return relative if _is_inside(relative) else None


def _is_inside(relative: str) -> bool:
    return (
        bool(relative)
        and not relative.startswith("../")
        and relative not in (".", "..")
        and not posixpath.isabs(relative)
    )
