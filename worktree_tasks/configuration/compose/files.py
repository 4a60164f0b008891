"""Compose files: which ones make up a project, and where a worktree's own override can stand."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import BadUse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = ["OVERRIDE", "ComposeFiles", "choose", "in_file_order"]

# In the order in which Compose takes the first that is there:
# https://docs.docker.com/compose/intro/compose-application-model/#the-compose-file
_DEFAULT_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_DEFAULT_OVERRIDES = (
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
OVERRIDE = "compose.override.yaml"
_OVERRIDE_BESIDE = "compose.worktree.yaml"


@dataclass(frozen=True, slots=True)
class ComposeFiles:
    """The files of a compose project, relative to a checkout (absolute where they lie outside of it).

    Attributes:
        directory: Compose's project directory, relative to the checkout.
        files: What `-f` names, in order.
        override: Where a worktree's override is written.
        implicit: Whether plain `docker compose` finds the override by its name; otherwise `COMPOSE_FILE` in
            the `.env` has to name it.
        env_files: What Compose interpolates from, in order.
    """

    directory: str
    files: tuple[str, ...]
    override: str
    implicit: bool
    env_files: tuple[str, ...]


def choose(
    present: Collection[str],
    *,
    configured: tuple[str, ...],
    dotenv: Mapping[str, str],
    below: Mapping[str, Mapping[str, str]] | None = None,
) -> ComposeFiles:
    """Choose the compose files as Compose itself does.

    Args:
        present: Paths of the files in the checkout that have a say, relative to it.
        configured: The setting `wt.compose`; wins over everything.
        dotenv: Values of the checkout's `.env`, in which `COMPOSE_FILE` wins over the default names.
        below: Values of the `.env` files in directories below, by path.

    Raises:
        BadUse: There is no compose file, or one that is named is not there.
    """
    separator = dotenv.get("COMPOSE_PATH_SEPARATOR") or ":"
    named = tuple(part for part in dotenv.get("COMPOSE_FILE", "").split(separator) if part)
    files = tuple(posixpath.normpath(path) for path in configured or named)
    source = "setting wt.compose" if configured else "COMPOSE_FILE in .env"
    for path in files:
        if not posixpath.isabs(path) and path not in present:
            raise BadUse(
                f"{source} names {path!r}, which is not there",
                "correct the path, relative to the main checkout",
                kind="no-compose-file",
            )
    if not files and (files := _found(present, "", _DEFAULT_FILES)):
        files += _found(present, "", _DEFAULT_OVERRIDES)
    if not files:
        raise BadUse(
            "no compose file here: neither compose.yaml nor docker-compose.yml",
            "run in a Docker Compose project, or name its files in the setting wt.compose",
            kind="no-compose-file",
        )
    directory = posixpath.dirname(files[0])
    env_files = _env_files(present, directory, configured=bool(configured))
    beside = dotenv if not directory else (below or {}).get(posixpath.join(directory, ".env"), {})
    steered = {"COMPOSE_FILE", "COMPOSE_PROJECT_NAME"} & (
        set(beside) | (set() if configured else set(dotenv))
    )
    free = not _found(present, directory, _DEFAULT_OVERRIDES)
    implicit = files == _found(present, directory, _DEFAULT_FILES) and free and not steered
    return ComposeFiles(
        directory=directory,
        files=files,
        override=posixpath.join(directory, OVERRIDE if implicit else _OVERRIDE_BESIDE),
        implicit=implicit,
        env_files=env_files,
    )


def _found(present: Collection[str], directory: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return the one that Compose takes of the files that it looks for in a directory, if any."""
    paths = (posixpath.join(directory, name) for name in names)
    return tuple(path for path in paths if path in present)[:1]


def _env_files(present: Collection[str], directory: str, *, configured: bool) -> tuple[str, ...]:
    """Return what Compose interpolates from; of two values of a name, the last file's counts.

    The `.env` where one stands wins over the one beside the compose files. With `-f`, for which the setting
    stands, the first is read only when it is given, as people do who have no other.
    """
    beside = posixpath.join(directory, ".env")
    found = tuple(dict.fromkeys(path for path in (beside, ".env") if path in present))
    return found[:1] if configured else found


def in_file_order(names: Iterable[str], texts: Iterable[str]) -> tuple[str, ...]:
    """Return services in the order in which compose files have them; Compose itself sorts them by name.

    Args:
        names: The services.
        texts: The compose files' texts, in order.
    """
    text = "\n".join(texts)

    def place(name: str) -> tuple[int, str]:
        found = re.search(rf"^[ \t]+[\"']?{re.escape(name)}[\"']?[ \t]*:", text, re.MULTILINE)
        return (found.start() if found else len(text), name)

    return tuple(sorted(names, key=place))
