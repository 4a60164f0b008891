"""What Compose reads in a checkout: its files, their values, and the command line with both."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from .... import git
from ....configuration.compose import override_text
from ....configuration.compose.compose_files import choose, named_files, places_of_override
from ....configuration.env import env_file_text as env_text
from ....configuration.env.address_targets import BROKERS
from ....configuration.env.expansion import expand
from ....engine import compose_command
from ....lazy_values import once, once_each
from ....machine import files
from ....quick_dataclasses import replace
from .compose_file_search import files_below, standing
from .run_folder import run_folder, says_pwd

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ....configuration.compose.compose_files import ComposeFiles
    from ....configuration.settings import Settings
    from ....engine.api import Engine
    from ...steps.project import Project

__all__ = ["ComposeInput", "input_of"]


# No real env file is longer; anything larger in a branch is not read.
_LONGEST_BYTES = 1 << 20


class ComposeInput:
    """What Compose reads in a checkout. Each part is read once, when it is first needed.

    Attributes:
        checkout: The main checkout or a worktree.
    """

    def __init__(
        self, checkout: Path, settings: Settings, engine: Engine, main: ComposeInput | None = None
    ) -> None:
        """Store what is needed to read it.

        Args:
            checkout: The main checkout, a worktree, or a directory in place of one.
            settings: The project's settings.
            engine: The engine that main's containers are on.
            main: What Compose reads in the main checkout; None if this is it.
        """
        self.checkout = checkout
        self._settings = settings
        self._engine = engine
        self._main = main

    @once
    def run_in(self) -> Path | None:
        """The value of `${PWD}`, relative to a checkout, according to main's containers; None if unknown."""
        if self._main:
            return self._main.run_in
        call = self._call
        return run_folder(call, self.checkout, self._engine) if says_pwd(call) else Path()

    @property
    def _main_checkout(self) -> Path:
        return self._main.checkout if self._main else self.checkout

    @once
    def dotenv(self) -> dict[str, str]:
        """The values of the `.env` at the root, without ours; main's if it has yet to be copied."""
        place = self.checkout / ".env"
        if not place.is_file():
            return self._dotenv_to_come()
        if self._main and not (files.inside(place, self.checkout) and place.stat().st_size <= _LONGEST_BYTES):
            return {}
        found = env_text.values(env_text.without_block(files.read_text(place)))
        if self._main and _names_override(found, posixpath.dirname(self._main.files.override)):
            # Restore main's value, since we added the override to it.
            found["COMPOSE_FILE"] = self._main.dotenv.get("COMPOSE_FILE", "")
        return {name: expand(value, found) for name, value in found.items()}

    def _dotenv_to_come(self) -> dict[str, str]:
        """Return the values of main's `.env` if it is ignored by git, and so copied into worktrees."""
        found = self._main.dotenv if self._main else {}
        # Without variables for Compose, there is no need to query git.
        steers = any(name.startswith("COMPOSE_") for name in found)
        return found if not steers or git.untracked(self._main_checkout, [".env"]).ignored else {}

    def _values(self, name: str) -> dict[str, str]:
        place = self.checkout / name
        there = place if place.is_file() else self._main_checkout / name
        return env_text.values(env_text.without_block(files.read_text(there)))

    @once
    def files(self) -> ComposeFiles:
        """The compose files: in a worktree, those of its branch and those copied from main."""
        present = self._present()
        below = {name: self._values(name) for name in present if name.endswith("/.env")}
        return choose(
            present,
            configured=self._settings.compose,
            dotenv=self.dotenv,
            below=below,
            env_files=self._given_env_files,
            root=str(self._main_checkout),
            may_lack=self._main is not None,
            elsewhere=lambda: files_below(self.checkout),
            standing=standing(),
        )

    @property
    def _given_env_files(self) -> tuple[str, ...]:
        """The env files that Compose is given in place of the `.env`."""
        return self._settings.env_files or _parts(os.environ.get("COMPOSE_ENV_FILES", ""))

    @once
    def profiles(self) -> tuple[str, ...]:
        """The active profiles, from the setting or else from the env files."""
        wanted = expand(self.interpolation.get("COMPOSE_PROFILES", ""), self.interpolation)
        return self._settings.profiles or _parts(wanted)

    @once
    def interpolation(self) -> dict[str, str]:
        """The variables that Compose interpolates into the compose files."""
        merged: dict[str, str] = {}
        for name in self.files.env_files:
            if (self.checkout / name).is_file() or (self._main_checkout / name).is_file():
                merged |= self._values(name)
        return merged

    @once
    def shadowing(self) -> frozenset[str]:
        """Names that must not reach Compose from the shell: they would take precedence over env files."""
        return self.env_keys | {"DATABASE_URL", "REDIS_URL", *BROKERS}

    @once
    def env_keys(self) -> frozenset[str]:
        """The names that the env files for Compose set."""
        return frozenset(self.interpolation)

    def invocation(
        self, *, project: str | None, override: bool, profiles: tuple[str, ...] | None = None
    ) -> compose_command.Invocation:
        """Return the compose call, with every `-f`.

        Args:
            project: The compose project; None lets Compose name main's.
            override: Whether the worktree's override is among the files.
            profiles: Active profiles; None for those of the project.
        """
        names = (*self.files.files, *((self.files.override,) if override else ()))
        return replace(
            self._call,
            files=tuple(self.checkout / name for name in names),
            project=project,
            profiles=self.profiles if profiles is None else profiles,
            # Files in a folder that use ${PWD} are meant to be run from the root, or they would use ".".
            pwd=self.checkout / (self.run_in or ""),
        )

    @property
    def _call(self) -> compose_command.Invocation:
        chosen = self.files
        return compose_command.Invocation(
            directory=self.checkout / chosen.directory,
            files=tuple(self.checkout / name for name in chosen.files),
            env_files=self._env_files(),
            profiles=("*",),
            shadowing=self.shadowing,
        )

    def _env_files(self) -> tuple[Path, ...]:
        """Return the files to interpolate from, without a branch's symbolic links that lead outside."""
        chosen = self.files
        found = tuple(name for name in chosen.env_files if (self.checkout / name).is_file())
        if self._main is None:
            return tuple(self.checkout / name for name in found)
        inner = tuple(
            self.checkout / name
            for name in found
            if posixpath.isabs(name) or files.inside(self.checkout / name, self.checkout)
        )
        # Without any, Compose would use the default one.
        default = chosen.default_env_file
        astray = not inner and not files.inside(self.checkout / default, self.checkout)
        return (Path(os.devnull),) if astray and not self._is_mains_pipe(default) else inner

    def _is_mains_pipe(self, name: str) -> bool:
        """Return whether a file is a link to main's named pipe, which only Compose itself reads."""
        pipe = self._main_checkout / name
        return pipe.is_fifo() and os.path.realpath(self.checkout / name) == os.path.realpath(pipe)

    def _present(self) -> set[str]:
        """Return the paths that decide which compose files are used, and that exist or will be copied."""
        named = named_files(self._settings.compose, self.dotenv, str(self._main_checkout))
        inner = [name for name in (*named, *self._given_env_files) if not posixpath.isabs(name)]
        folders = {self.checkout, *((self.checkout / name).parent for name in inner)}
        beside = {path for folder in folders if folder.is_dir() for path in folder.iterdir()}
        found = {path for path in beside | {self.checkout / name for name in inner} if path.is_file()}
        present = {str(path.relative_to(self.checkout)) for path in found}
        if self._main is None:
            return present
        ours = {name for name in present if self._is_ours(name)}
        chosen = self._main.files
        coming = {name for name in chosen.files if name not in present and not posixpath.isabs(name)}
        coming &= git.untracked(self._main.checkout, sorted(coming)).ignored if coming else set()
        return (present - ours) | coming | set(chosen.env_files)

    def _is_ours(self, name: str) -> bool:
        if name not in places_of_override(posixpath.dirname(name)):
            return False
        return override_text.is_ours(files.read_text(self.checkout / name))


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


@once_each
def _inputs(project: Project) -> dict[Path, ComposeInput]:
    return {project.main: ComposeInput(project.main, project.settings, project.engine)}


def input_of(project: Project, checkout: Path | None = None) -> ComposeInput:
    """Return what Compose reads in a project's checkout; by default, in main."""
    known = _inputs(project)
    place = checkout or project.main
    return known.setdefault(place, ComposeInput(place, project.settings, project.engine, known[project.main]))


def _names_override(dotenv: Mapping[str, str], folder: str) -> bool:
    """Return whether `COMPOSE_FILE` names an override, here or where the worktree was before a move."""
    ours = tuple(f"/{path}" for path in places_of_override(folder))
    named = dotenv.get("COMPOSE_FILE", "").split(os.pathsep)
    return any(path.startswith("/") and path.endswith(ours) for path in named)
