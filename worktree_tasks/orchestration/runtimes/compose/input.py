"""What Compose reads of a project: its files, the values for them, and how it is called with both."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ....configuration.compose.files import choose, in_file_order
from ....configuration.env import text as env_text
from ....configuration.env.targets import BROKERS
from ....engine import compose
from ....engine.model import read_model, read_raw
from ....machine import files
from ....once import once, once_each

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ....configuration.compose.files import ComposeFiles
    from ....configuration.compose.model import Model, RawSpec
    from ...steps.project import Project

__all__ = ["ComposeInput", "input_of", "raw_specs", "read"]


class ComposeInput:
    """What Compose reads of a project. Each part is read at the first question, and once."""

    def __init__(self, main: Path, configured: tuple[str, ...]) -> None:
        self._main = main
        self._configured = configured

    @once
    def dotenv(self) -> dict[str, str]:
        """The values of the `.env` in main's root; empty without one."""
        return self._values(".env") if (self._main / ".env").is_file() else {}

    def _values(self, name: str) -> dict[str, str]:
        return env_text.values(files.read_text(self._main / name))

    @once
    def files(self) -> ComposeFiles:
        """Main's compose files."""
        present = _present(self._main, self._configured, self.dotenv)
        below = {name: self._values(name) for name in present if name.endswith("/.env")}
        return choose(present, configured=self._configured, dotenv=self.dotenv, below=below)

    @once
    def profiles(self) -> tuple[str, ...]:
        """The profiles that main's `.env` makes active."""
        wanted = self.interpolation.get("COMPOSE_PROFILES", "")
        return tuple(part.strip() for part in wanted.split(",") if part.strip())

    @once
    def interpolation(self) -> dict[str, str]:
        """The values that Compose puts into main's compose files."""
        merged: dict[str, str] = {}
        for name in self.files.env_files:
            merged |= self._values(name)
        return merged

    @once
    def shadowing(self) -> frozenset[str]:
        """Names that must not reach compose from the shell: they would win over the env files."""
        return self.env_keys | {"DATABASE_URL", "REDIS_URL", *BROKERS}

    @once
    def env_keys(self) -> frozenset[str]:
        """The names that main's env files for Compose set."""
        return frozenset(self.interpolation)

    def invocation(
        self, checkout: Path, *, project: str | None, override: bool, profiles: tuple[str, ...]
    ) -> compose.Invocation:
        """Return the compose call for main or for a worktree, with every `-f`.

        Args:
            checkout: The main checkout or a worktree.
            project: The compose project; None lets Compose name main's.
            override: Whether the worktree's override is among the files.
            profiles: Active profiles.
        """
        chosen = self.files
        names = (*chosen.files, *((chosen.override,) if override else ()))
        return compose.Invocation(
            directory=checkout / chosen.directory,
            files=tuple(checkout / name for name in names),
            env_files=self._env_files(checkout),
            project=project,
            profiles=profiles,
            shadowing=self.shadowing,
        )

    def _env_files(self, checkout: Path) -> tuple[Path, ...]:
        """Return what Compose interpolates from; what a branch's symbolic link leads to outside is not."""
        chosen = self.files
        found = tuple(checkout / name for name in chosen.env_files if (checkout / name).is_file())
        if checkout == self._main:
            return found
        inner = tuple(path for path in found if files.inside(path, checkout))
        # Without any, Compose itself would take the one that it finds.
        astray = not inner and not files.inside(checkout / chosen.directory / ".env", checkout)
        return (Path(os.devnull),) if astray else inner


@once_each
def input_of(project: Project) -> ComposeInput:
    """Return what Compose reads of a project."""
    return ComposeInput(project.main, project.settings.compose)


def read(project: Project, checkout: Path, stack: str | None = None, *, apart: Path | None = None) -> Model:
    """Return the compose model of a checkout, with all profiles and without our override.

    Args:
        project: The project.
        checkout: The checkout.
        stack: The compose project that it is read for; None lets Compose name it.
        apart: The directory of ours in which the checkout lies and outside of which nothing may be asked.

    Raises:
        BadUse: Compose cannot read it.
    """
    chosen = input_of(project)
    call = chosen.invocation(checkout, project=stack, override=False, profiles=("*",))
    model = read_model(replace(call, remote=False), root=str(apart)) if apart else read_model(call)
    paths = [checkout / name for name in chosen.files.files]
    texts = [files.read_text(path) if path.is_file() else "" for path in paths]
    return model.ordered(in_file_order(model.services, texts))


def raw_specs(project: Project) -> Mapping[str, RawSpec]:
    """Return main's services as the compose files write them, variables and all, by name."""
    return read_raw(input_of(project).invocation(project.main, project=None, override=False, profiles=("*",)))


def _present(checkout: Path, configured: tuple[str, ...], dotenv: dict[str, str]) -> set[str]:
    """Return those paths that have a say in which compose files are used, and are there."""
    separator = dotenv.get("COMPOSE_PATH_SEPARATOR") or ":"
    named = {
        part.removeprefix("./")
        for part in (*configured, *dotenv.get("COMPOSE_FILE", "").split(separator))
        if part
    }
    folders = {checkout, *((checkout / name).parent for name in named)}
    beside = {path for folder in folders if folder.is_dir() for path in folder.iterdir()}
    found = {path for path in beside | {checkout / name for name in named} if path.is_file()}
    return {str(path.relative_to(checkout)) for path in found if path.is_relative_to(checkout)}
