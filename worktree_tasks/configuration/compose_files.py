"""Compose files: which ones make up a project, and where a worktree's own override can stand."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import BadUse

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
    present: Collection[str], *, configured: tuple[str, ...], dotenv: Mapping[str, str]
) -> ComposeFiles:
    """Choose the compose files as Compose itself does.

    Args:
        present: Paths of the files in the checkout that have a say, relative to it.
        configured: The setting `wt.compose`; wins over everything.
        dotenv: Values of the checkout's `.env`, in which `COMPOSE_FILE` wins over the default names.

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
            )
    explicit = bool(files)
    overrides: tuple[str, ...] = ()
    if not explicit:
        files = tuple(name for name in _DEFAULT_FILES if name in present)[:1]
        overrides = tuple(name for name in _DEFAULT_OVERRIDES if name in present)[:1]
    if not files:
        raise BadUse(
            "no compose file here: neither compose.yaml nor docker-compose.yml",
            "run in a Docker Compose project, or name its files in the setting wt.compose",
        )
    directory = posixpath.dirname(files[0])
    env_files = tuple(
        dict.fromkeys(path for path in (".env", posixpath.join(directory, ".env")) if path in present)
    )
    implicit = not explicit and not overrides and "COMPOSE_PROJECT_NAME" not in dotenv
    return ComposeFiles(
        directory=directory,
        files=files + overrides,
        override=posixpath.join(directory, OVERRIDE if implicit else _OVERRIDE_BESIDE),
        implicit=implicit,
        env_files=env_files,
    )


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
