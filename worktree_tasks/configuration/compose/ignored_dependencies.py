"""Ignored folders that own services need nevertheless: installed dependencies and build contexts."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from .model import Spec

__all__ = ["contexts", "install_command", "needed_folders"]

INSTALLED = frozenset({"node_modules", "vendor", ".venv", "venv", "bower_components"})
# The file that lists the dependencies, and the command that installs them; the first existing file counts.
_COMMANDS = {
    "node_modules": {
        "pnpm-lock.yaml": "pnpm install", "yarn.lock": "yarn install", "bun.lock": "bun install",
        "bun.lockb": "bun install", "package-lock.json": "npm ci", "package.json": "npm install",
    },
    "bower_components": {"bower.json": "bower install"},
    "vendor": {
        "composer.json": "composer install", "Gemfile": "bundle install", "go.mod": "go mod vendor",
    },
    ".venv": {
        "uv.lock": "uv sync", "poetry.lock": "poetry install", "Pipfile": "pipenv sync",
        "requirements.txt": "pip install -r requirements.txt", "pyproject.toml": "pip install -e .",
    },
}  # fmt: skip


def needed_folders(specs: Iterable[Spec], main: str, ignored: Iterable[str]) -> dict[str, str]:
    """Return the folders of installed dependencies that services see through a mount of main's code.

    Args:
        specs: The own services.
        main: The main checkout.
        ignored: The folders of main that git ignores, relative to it.

    Returns:
        Each folder with the first service that needs it.
    """
    found: dict[str, str] = {}
    installed = [name for name in ignored if posixpath.basename(name) in INSTALLED]
    for spec in specs:
        for name in installed:
            if name not in found and _sees(spec, posixpath.join(main, name)):
                found[name] = spec.name
    return found


def _sees(spec: Spec, folder: str) -> bool:
    """Return whether a service sees a host folder in its container, not hidden by another mount."""
    path = PurePosixPath(folder)
    for mount in spec.mounts:
        if mount.type != "bind" or not path.is_relative_to(mount.source):
            continue
        inside = PurePosixPath(posixpath.join(mount.target, path.relative_to(mount.source)))
        covering = [one for one in spec.mounts if inside.is_relative_to(posixpath.normpath(one.target))]
        if max(covering, key=lambda one: len(PurePosixPath(one.target).parts)) is mount:
            return True
    return False


def contexts(specs: Iterable[Spec], main: str) -> dict[str, str]:
    """Return the build contexts below main, relative to it, each with its service."""
    return {
        posixpath.relpath(spec.build.context, main): spec.name
        for spec in specs
        if spec.build and PurePosixPath(main) in PurePosixPath(spec.build.context).parents
    }


def install_command(folder: str, beside: Collection[str]) -> str | None:
    """Return the command that installs the dependencies in a folder.

    Args:
        folder: The folder.
        beside: The names of the files beside it.
    """
    name = posixpath.basename(folder)
    commands: Mapping[str, str] = _COMMANDS.get(".venv" if name == "venv" else name, {})
    return next((command for file, command in commands.items() if file in beside), None)
