"""One project: its settings, what describes it, its records, and the access to git, Docker and the store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import git
from ...configuration.compose.containers import by_service
from ...lazy_modules import later
from ...lazy_values import once
from ...machine.known_projects import expanded, working_directory
from .branch_locks import BranchLocks
from .moved_worktrees import Follower

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ...configuration.compose.containers import Container, Listed
    from ...configuration.compose.model import Model
    from ...configuration.compose.service_roles import Service
    from ...configuration.compose.uninterpolated import RawSpec
    from ...configuration.env import secret_masking
    from ...configuration.settings import Settings
    from ...engine import api
    from ...git import Entry, Repository
    from ...store import ProjectRecord, Record, Store
    from ..runtimes.runtime import Runtime, Runtimes
    from ..runtimes.runtime_values import Input
    from . import role_choice
    from .progress import Progress
else:
    # A list needs none of these.
    role_choice, secret_masking, api = later(
        __package__, ".role_choice", "...configuration.env.secret_masking", "...engine.api"
    )

__all__ = ["Project"]


class Project:
    """One project. What is costly to read is read on first use, and only once.

    Attributes:
        repository: The git repository.
        settings: The project's settings.
        store: The user's state store.
        progress: Where steps report to.
        runtimes: Returns a runtime by the name in a worktree's record.
        git_hooks: Whether git's own hooks run.
        follows: Whether the records of moved worktrees are updated.
        warns: Whether what Compose warns of in the project's files is noted.
    """

    def __init__(
        self,
        repository: Repository,
        settings: Settings,
        store: Store,
        progress: Progress,
        *,
        runtimes: Runtimes,
        git_hooks: bool = True,
    ) -> None:
        self.repository = repository
        self.settings = settings
        self.store = store
        self.progress = progress
        self.runtimes = runtimes
        self.git_hooks = git_hooks
        self.follows = True
        self.warns = True
        self._entry: ProjectRecord | None = None

    @once
    def engine(self) -> api.Engine:
        """The Docker Engine."""
        return api.Engine()

    def close(self) -> None:
        """Close the engine, if it was used, and the store."""
        if "engine" in self.__dict__:
            self.engine.close()
        # This may be another store than at first: `wt.doctor` replaces a damaged one.
        self.store.close()

    def check(self) -> None:
        """Make sure that Docker and Compose answer, and read main's compose project meanwhile.

        Raises:
            DockerUnavailable: No engine is reachable, or Compose is too old.
            BadUse: There is no readable compose file.
        """
        self.runtime.read(self)
        _ = self.known()
        self._entry = self._remember()

    @property
    def runtime(self) -> Runtime:
        """The runtime of main's stack, and of new worktrees' stacks."""
        return self.runtimes()

    @property
    def input(self) -> Input:
        """The files and values that describe main's stack."""
        return self.runtime.input(self)

    @property
    def main(self) -> Path:
        """The main checkout."""
        return self.repository.main

    @property
    def root(self) -> Path:
        """The directory for its worktrees, as a resolved path like git's."""
        text = self.settings.root.format(project=self.main.name)
        return Path(os.path.normpath(self.main / expanded(text))).resolve()

    @once
    def masked(self) -> Callable[[str], str]:
        """A function that masks the secrets of main's env files in programs' output."""
        return secret_masking.masker(self.input.dotenv | self.input.interpolation)

    @property
    def echo(self) -> Callable[[str], None] | None:
        """The receiver of output lines of programs in this thread's step; None if they are not shown."""
        show = self.progress.echo
        return (lambda line: show(self.masked(line))) if show else None

    @once
    def model(self) -> Model:
        """Main's compose model with all profiles. It contains secrets: never store or show it."""
        return self.runtime.model(self, self.main)

    @once
    def raw_specs(self) -> Mapping[str, RawSpec]:
        """Main's services as written in the compose files, with variables not expanded, by name."""
        return self.runtime.raw_specs(self)

    @once
    def services(self) -> tuple[Service, ...]:
        """The decision on each of main's services."""
        return self.services_for({})

    def services_for(self, requested: Mapping[str, str]) -> tuple[Service, ...]:
        """Decide on main's services for a worktree with requested roles, by service."""
        # A setting may name a service that only a branch has.
        named = {one for names in role_choice.named_services(self.settings).values() for one in names}
        return self._decide(self.model, self.main, self.input, requested, named)

    def decide(
        self,
        model: Model,
        checkout: Path,
        described: Input | None = None,
        *,
        requested: Mapping[str, str] | None = None,
        commit: git.CommitFiles | None = None,
    ) -> tuple[Service, ...]:
        """Decide on a branch's services; one that main does not have cannot be shared with main.

        Args:
            model: The branch's compose model.
            checkout: The checkout that the model's paths are in.
            described: The files that describe the stack; by default those in the checkout.
            requested: Roles that were requested for its worktree, by service.
            commit: The commit to read files from, if they are not checked out.
        """
        of_main = {service.name for service in self.services}
        described = described or self.runtime.input(self, checkout)
        decided = self._decide(model, checkout, described, requested or {}, of_main, commit)
        return role_choice.own_without_main(decided, of_main)

    def _decide(self, *arguments: Any) -> tuple[Service, ...]:  # noqa: ANN401 - the arguments of `own_or_shared.decide`
        return role_choice.decide(self.settings, lambda: self.env_values, *arguments)

    @property
    def env_values(self) -> Mapping[str, str]:
        """The values of the env files that Compose reads, and that programs may read directly."""
        return {**self.input.interpolation, **self.input.dotenv}

    @property
    def entry(self) -> ProjectRecord:
        """The project's record; it is made if there is none."""
        if self._entry is None:
            self._entry = self.known() or self._remember()
        return self._entry

    def _remember(self) -> ProjectRecord:
        return self.store.remember(self.repository.common_dir, name=self.model.name, main=self.main)

    def work_on(self, store: Store) -> None:
        """Use another store from now on."""
        self.store, self._entry = store, None

    def known(self) -> ProjectRecord | None:
        """Return the project's record without running Compose; None if no worktree was ever made in it."""
        found = self.store.project(self.repository.common_dir)
        return found if found and self.store.has_records(found) else self._moved() or found

    def _moved(self) -> ProjectRecord | None:
        """Return the record of a project that was moved here; the keys of its worktrees identify it."""
        keys = {one.key for one in git.marks(self.repository)}
        owners = {record.project_id for record in self.store.records() if record.key in keys}
        moved = [one for one in self.store.projects() if one.id in owners and not one.common_dir.exists()]
        if len(moved) != 1:
            return None
        self.progress.news(f"{moved[0].name} was moved here from {moved[0].main}")
        return self.store.move(moved[0], self.repository.common_dir, main=self.main)

    def main_containers(self) -> dict[str, Container]:
        """Return main's containers by service, without those that another checkout started."""
        return by_service(self.without_foreign(self.engine.containers(project=self.name)))

    def without_foreign(self, containers: Iterable[Listed]) -> tuple[Listed, ...]:
        """Return containers of main's compose project without those that another checkout started."""
        found = tuple(containers)
        foreign = git.foreign_directories((one.directory for one in found), self.repository)
        return tuple(one for one in found if one.directory not in foreign)

    @once
    def base(self) -> str:
        """The base branch: others start from it and are merged into it."""
        return git.default_branch(self.repository, self.settings.base)

    @property
    def name(self) -> str:
        """Main's compose project."""
        return self.entry.name

    def records(self, near: Path | None = None) -> tuple[Record, ...]:
        """Return the records of its worktrees, updated if worktrees were moved."""
        known = self.known()
        found = tuple(self.store.records(known)) if known else ()
        return self.follower(near).followed(found) if found and self.follows else found

    def follower(self, near: Path | None = None) -> Follower:
        """Return what finds moved worktrees, searching near a directory, by default the current one."""
        place = near or working_directory() or self.main
        return Follower(self.repository, self.store, self.locks, self.progress, self.root, place)

    def worktrees(self) -> tuple[Entry, ...]:
        """Return git's entries: the main checkout first, then all linked worktrees."""
        return git.worktrees(self.repository)

    @once
    def locks(self) -> BranchLocks:
        """The locks of its worktrees and of main's stack."""
        return BranchLocks(self.store.path.parent / "locks", self.repository.common_dir, self.progress)
