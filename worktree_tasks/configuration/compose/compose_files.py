"""Compose files: which ones make up a project, and where a worktree's own override can be written."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from ...errors import BadUse
from ...quick_dataclasses import dataclass
from ..formatting import spoken_list

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

__all__ = [
    "DEFAULT_FILES",
    "OVERRIDE",
    "ComposeFiles",
    "choose",
    "in_file_order",
    "is_named_like_one",
    "named_files",
    "places_of_override",
]

# In Compose's order of precedence; it uses the first that exists:
# https://docs.docker.com/compose/intro/compose-application-model/#the-compose-file
DEFAULT_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_DEFAULT_OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
OVERRIDE = "compose.override.yaml"
# Other names for the override, if that one cannot be used; the first that the project does not use is taken.
_BESIDE = ("compose.worktree.yaml", "compose.worktree-tasks.yaml", "compose.worktree-tasks-stack.yaml")
_NAMED_LIKE_ONE = re.compile(r"(?:docker-)?compose(?:[.-][^/]*)?\.ya?ml")
_LISTED = 5


@dataclass(frozen=True, slots=True)
class ComposeFiles:
    """The files of a compose project, relative to a checkout (absolute if they are outside it).

    Attributes:
        directory: Compose's project directory, relative to the checkout.
        files: The arguments of `-f`, in order.
        override: Where a worktree's override is written.
        implicit: Whether plain `docker compose` finds the override by its name; otherwise `COMPOSE_FILE` in
            the `.env` has to name it.
        env_files: The files whose variables Compose interpolates, in order.
        notes: What the user should know about the choice.
    """

    directory: str
    files: tuple[str, ...]
    override: str
    implicit: bool
    env_files: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def default_env_file(self) -> str:
        """Return the `.env` in the project directory, which Compose reads unless it is given others."""
        return posixpath.join(self.directory, ".env")

    @property
    def env_file(self) -> str:
        """Return the `.env` that plain `docker compose` reads in the override's directory."""
        return posixpath.join(posixpath.dirname(self.override), ".env")


def named_files(configured: Iterable[str], dotenv: Mapping[str, str], root: str = "") -> tuple[str, ...]:
    """Return the files named by the setting `wt.compose`, or else by `COMPOSE_FILE`.

    Args:
        configured: The setting.
        dotenv: Values of the checkout's `.env`.
        root: The main checkout. Paths in it become relative; paths outside it are main's, and absolute.
    """
    separator = dotenv.get("COMPOSE_PATH_SEPARATOR") or ":"
    named = tuple(part for part in dotenv.get("COMPOSE_FILE", "").split(separator) if part)
    return tuple(_placed(path, root) for path in configured or named)


def choose(
    present: Collection[str],
    *,
    configured: tuple[str, ...],
    dotenv: Mapping[str, str],
    below: Mapping[str, Mapping[str, str]] | None = None,
    env_files: tuple[str, ...] = (),
    root: str = "",
    may_lack: bool = False,
    elsewhere: Callable[[], Collection[str]] = tuple,
    standing: str = "",
) -> ComposeFiles:
    """Choose the compose files as Compose itself does.

    Args:
        present: The relevant files in the checkout, relative to it, without ours.
        configured: The setting `wt.compose`; takes precedence over everything.
        dotenv: Values of the checkout's `.env`; its `COMPOSE_FILE` takes precedence over the default names.
        below: Values of the `.env` files in subdirectories, by path.
        env_files: The env files that Compose is given in place of the `.env`.
        root: The main checkout.
        may_lack: Whether a named file may be missing, as on a branch older than that file.
        elsewhere: Returns all files that git tracks; called if no compose file is at the root.
        standing: The current folder, relative to the checkout; it decides between several compose files.

    Raises:
        BadUse: There is no compose file, or a named one is missing.
    """
    named = named_files(configured, dotenv, root)
    source = "setting wt.compose" if configured else "COMPOSE_FILE in .env"
    missing = [path for path in named if not posixpath.isabs(path) and path not in present]
    if missing and not may_lack:
        raise BadUse(
            f"{source} names {missing[0]!r}, which does not exist",
            "correct the path, relative to the main checkout",
            kind="no-compose-file",
        )
    given = tuple(_placed(path, root) for path in env_files)
    absent = [path for path in given if not posixpath.isabs(path) and path not in present]
    if absent and not may_lack:
        raise BadUse(
            f"wt.env_files or COMPOSE_ENV_FILES names {absent[0]!r}, which does not exist",
            "correct the path, relative to the main checkout",
            kind="no-env-file",
        )
    files = tuple(path for path in named if path not in missing)
    notes = [f"{path}, named by {source}, is not on this branch and is left out" for path in missing]
    if not files and (files := _first_present(present, "", DEFAULT_FILES)):
        files += _first_present(present, "", _DEFAULT_OVERRIDES)
    if not files:
        files = _tracked_elsewhere(tracked := elsewhere(), standing, whose="the branch" if may_lack else "")
        present = {*present, *tracked}
        notes.append(
            f"using {files[0]}, since no compose file is at the root; the setting wt.compose can name another"
        )
    directory = posixpath.dirname(files[0])
    outside = posixpath.isabs(directory)
    beside = dotenv if not directory or outside else (below or {}).get(posixpath.join(directory, ".env"), {})
    steered = {"COMPOSE_FILE", "COMPOSE_PROJECT_NAME"} & (
        set(beside) | (set() if configured else set(dotenv))
    )
    free = not _first_present(present, directory, _DEFAULT_OVERRIDES)
    implicit = (
        not outside and files == _first_present(present, directory, DEFAULT_FILES) and free and not steered
    )
    places = [posixpath.join("" if outside else directory, name) for name in _BESIDE]
    return ComposeFiles(
        directory=directory,
        files=files,
        override=posixpath.join(directory, OVERRIDE)
        if implicit
        else next((path for path in places if path not in present), places[-1]),
        implicit=implicit,
        env_files=given or _env_files(present, directory, configured=bool(configured)),
        notes=tuple(notes),
    )


def is_named_like_one(path: str) -> bool:
    """Return whether a file is named like a compose file."""
    return bool(_NAMED_LIKE_ONE.fullmatch(posixpath.basename(path)))


def places_of_override(directory: str) -> tuple[str, ...]:
    """Return all possible paths of a worktree's override, for a project directory."""
    home = "" if posixpath.isabs(directory) else directory
    return tuple(posixpath.join(home, name) for name in (OVERRIDE, *_BESIDE))


def _placed(path: str, root: str) -> str:
    """Return a path relative to the main checkout, or absolute if it is outside."""
    path = posixpath.normpath(path)
    full = posixpath.normpath(posixpath.join(root, path))
    if root and posixpath.commonpath([root, full]) == root:
        return posixpath.relpath(full, root)
    return full if path.startswith("../") and root else path


def _tracked_elsewhere(tracked: Collection[str], standing: str, *, whose: str) -> tuple[str, ...]:
    """Return the compose file in a folder that git tracks, and its override.

    Raises:
        BadUse: There is none, or there are several.
    """
    folders = {posixpath.dirname(path) for path in tracked}
    usual = [found for folder in sorted(folders) if (found := _first_present(tracked, folder, DEFAULT_FILES))]
    here = [found for found in usual if f"{standing}/".startswith(f"{posixpath.dirname(found[0])}/")]
    # Like Compose, look from the current folder upwards.
    nearest = max(here, key=lambda found: len(found[0]), default=None)
    if taken := nearest or (usual[0] if len(usual) == 1 else None):
        return taken + _first_present(tracked, posixpath.dirname(taken[0]), _DEFAULT_OVERRIDES)
    named = [one for one, *_ in usual] or [path for path in sorted(tracked) if is_named_like_one(path)]
    if len(named) == 1:
        return (named[0],)
    if named:
        raise BadUse(
            f"no compose file is at the root; git has {spoken_list(named, _LISTED)}",
            f"name those to use in the setting wt.compose, such as `compose: [{named[0]}]`",
            kind="no-compose-file",
        )
    raise BadUse(
        f"{f'{whose} has no compose file' if whose else 'no compose file here'}:"
        " neither compose.yaml nor docker-compose.yml",
        "add one to the branch, or name its files in the setting wt.compose"
        if whose
        else "run this in a Docker Compose project, or name its files in the setting wt.compose",
        kind="no-compose-file",
    )


def _first_present(present: Collection[str], directory: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the first existing file of those that Compose looks for in a directory, if any."""
    paths = (posixpath.join(directory, name) for name in names)
    return tuple(path for path in paths if path in present)[:1]


def _env_files(present: Collection[str], directory: str, *, configured: bool) -> tuple[str, ...]:
    """Return the files whose variables Compose interpolates; the last file that has a variable wins.

    The `.env` at the root takes precedence over the one beside the compose files. With the setting, which is
    passed as `-f`, Compose reads only the first that exists.
    """
    beside = posixpath.join(directory, ".env")
    found = tuple(dict.fromkeys(path for path in (beside, ".env") if path in present))
    return found[:1] if configured else found


def in_file_order(names: Iterable[str], texts: Iterable[str]) -> tuple[str, ...]:
    """Return services in the order of the compose files; Compose itself sorts them by name.

    Args:
        names: The services.
        texts: The compose files' texts, in order.
    """
    text = "\n".join(texts)

    def place(name: str) -> tuple[int, str]:
        found = re.search(rf"^[ \t]+[\"']?{re.escape(name)}[\"']?[ \t]*:", text, re.MULTILINE)
        return (found.start() if found else len(text), name)

    return tuple(sorted(names, key=place))
