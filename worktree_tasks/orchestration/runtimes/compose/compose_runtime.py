"""Docker Compose as a runtime, on the engine of the user's context."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ....engine import container_list
from ....engine.api_errors import ANSWER_SECONDS
from ....lazy_modules import later
from ....lazy_values import once
from ....quick_dataclasses import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path
    from socket import socket

    from .... import parallel
    from ....command import Result
    from ....configuration.compose.containers import ListedContainer
    from ....configuration.compose.git_access import GitAccess
    from ....configuration.compose.model import Model
    from ....configuration.compose.uninterpolated import RawSpec
    from ....configuration.doctor_findings import Checked, EngineFacts
    from ....configuration.ports import Port
    from ....configuration.record_traces import Trace
    from ....engine import api, compose_command, config_cache
    from ....store import Record
    from ...steps.doctor_check import Check
    from ...steps.project import Project
    from ...steps.worktree_handle import Tree
    from ..runtime_values import Logs, Origin, Part, Ran, Step
    from . import (
        adoption,
        compose_models,
        container_removal,
        container_start,
        docker_traces,
        execution,
        foreign_files,
        git_access,
        images,
        logs,
        main_name,
        main_stack,
        network,
        network_name,
        override_writing,
        shared_execution,
        stack_name,
    )
    from . import compose_input as described
    from .compose_input import ComposeInput
else:
    # A list needs none of them.
    container_start, foreign_files, execution, images, logs = later(
        __package__, ".container_start", ".foreign_files", ".execution", ".images", ".logs"
    )
    main_stack, network, network_name, override_writing, compose_models = later(
        __package__, ".main_stack", ".network", ".network_name", ".override_writing", ".compose_models"
    )
    described, git_access, container_removal, shared_execution, stack_name = later(
        __package__, ".compose_input", ".git_access", ".container_removal", ".shared_execution", ".stack_name"
    )
    adoption, docker_traces, main_name = later(__package__, ".adoption", ".docker_traces", ".main_name")
    compose_command, config_cache, parallel, api = later(
        __package__, "....engine.compose_command", "....engine.config_cache", "....parallel", "....engine.api"
    )

__all__ = ["ComposeRuntime"]


class ComposeRuntime:
    """Docker Compose."""

    name = "compose"

    @once
    def steps(self) -> tuple[Step, ...]:
        """Its own steps for starting a stack."""
        from .compose_steps import STEPS  # noqa: PLC0415 - a list takes none

        return STEPS

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks of Docker; only `wt.doctor` loads them."""
        from .checks import CHECKS  # noqa: PLC0415 - no other command needs them

        return CHECKS

    def input(self, project: Project, checkout: Path | None = None) -> ComposeInput:
        """Return a checkout's compose files and their values."""
        return described.input_of(project, checkout)

    def model(
        self, project: Project, checkout: Path, stack: str | None = None, *, apart: Path | None = None
    ) -> Model:
        """Return the compose model, with all profiles."""
        return compose_models.read(project, checkout, stack, apart=apart)

    def main_among(self, project: Project, listed: Collection[ListedContainer], known: str) -> str:
        """Return the compose project that was started in main's directory."""
        return main_name.main_among(project, listed, known)

    def raw_specs(self, project: Project) -> Mapping[str, RawSpec]:
        """Return main's services as written in its compose files."""
        return compose_models.raw_specs(project)

    def check(self, project: Project) -> None:
        """Check that Docker and Compose answer."""
        parallel.together(project.engine.check, compose_command.version)

    def read(self, project: Project) -> None:
        """Check that Docker and Compose answer, and read main's compose files at the same time."""
        _ = described.input_of(project).files
        parallel.together(lambda: self.check(project), lambda: project.model, lambda: project.raw_specs)

    def listed(self, seconds: float = ANSWER_SECONDS) -> tuple[ListedContainer, ...]:
        """Return the containers of all compose projects."""
        return container_list.containers(seconds=seconds)

    def goals(self, *, start: bool) -> tuple[str, ...]:
        """Return the override, and the network with main's services in it."""
        return ("write-compose", *(("ensure-network",) if start else ()))

    def memory(self, listed: Iterable[ListedContainer]) -> dict[str, int]:
        """Return the memory of running containers."""
        running = [one.id for one in listed if one.state == "running"]
        if not running:
            return {}
        with closing(api.Engine()) as engine:
            used = parallel.each(engine.memory, running)
        return {key: size for key, size in zip(running, used, strict=True) if size is not None}

    def exec_shared(
        self, project: Project, service: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None
    ) -> str | None:
        """Run a short command in the container of a shared service."""
        return shared_execution.output_of(project, service, argv, env)

    def execute(
        self, project: Project, service: str, argv: Sequence[str], env: Mapping[str, str]
    ) -> Result | None:
        """Run a command in the container of a shared service."""
        return shared_execution.execute(project, service, argv, env)

    def connection(self, project: Project, service: str, port: int) -> socket | None:
        """Open a connection into the container of a shared service, if the engine is on this machine."""
        return shared_execution.connect(project, service, port)

    def take_over(self, project: Project, directory: Path) -> None:
        """Refuse to overwrite an override that is not ours, and note containers that were started there."""
        adoption.refuse_override(project, directory)
        adoption.note_running(project, directory)

    def planned(self, tree: Tree) -> Record:
        """Return the record with compose project and network."""
        return replace(
            tree.record,
            compose_project=tree.record.compose_project or stack_name.planned_stack_name(tree),
            network=tree.record.network or network_name.planned_name(tree),
        )

    def origins(self, tree: Tree, commit: str, ports: Iterable[Port]) -> tuple[Origin, ...]:
        """Return which images are main's, and which would be built."""
        return images.origins(tree, commit, ports)

    def git_access(self, tree: Tree) -> tuple[GitAccess, ...]:
        """Return which containers would have git's directory."""
        return git_access.planned_access(tree)

    def foreign_main(self, project: Project) -> Path | None:
        """Return the directory of another checkout whose stack has the name of main's."""
        return main_stack.foreign_main(project)

    def undo(self, tree: Tree) -> None:
        """Remove the network."""
        config_cache.forget(tree.record.path)
        network.remove_network(tree)

    def up(self, tree: Tree, *, build: bool = False, settled: Callable[[], None] = lambda: None) -> None:
        """Start the own services."""
        container_start.compose_up(tree, override_writing.stack_of(tree), build=build, settled=settled)

    def stop(self, tree: Tree) -> int:
        """Stop the containers."""
        return container_removal.stop_containers(tree)

    def detach(self, tree: Tree) -> tuple[str, ...]:
        """Detach main's services from the worktree's network."""
        return network.detach_network(tree)

    def down(self, tree: Tree, *, beside: Callable[[], object] = lambda: None) -> None:
        """Remove containers, volumes, image tags and the network."""
        container_removal.take_down(tree, beside)

    def emptying(self, tree: Tree) -> Callable[[Path], None]:
        """Return a function that deletes as root, in a container of an image that exists now."""
        return foreign_files.emptying(tree)

    def left_of(self, records: Iterable[Record]) -> tuple[str, ...]:
        """Return the remaining containers, volumes and networks."""
        return container_removal.left_of(records)

    def services(self, tree: Tree, *, running: bool = False) -> frozenset[str]:
        """Return the services that have a container, or a running one."""
        return frozenset(one.service for one in tree.containers() if not running or one.state == "running")

    def run(self, tree: Tree, service: str, argv: Sequence[str], *, capture: bool) -> Ran:
        """Run a command in a running container."""
        return execution.run_in(tree, service, argv, capture=capture)

    def native(self, tree: Tree, argv: Sequence[str], *, capture: bool) -> Ran:
        """Run a command of Docker Compose."""
        return execution.compose_on(tree, argv, capture=capture)

    def follow(self, tree: Tree, services: Sequence[str], part: Part, *, follow: bool) -> None:
        """Show the containers' logs."""
        logs.follow_lines(tree, services, part, follow=follow)

    def logs(self, tree: Tree, services: Sequence[str], part: Part) -> Logs:
        """Read the containers' logs."""
        chosen = [one for one in tree.containers() if not services or one.service in services]
        return logs.read_logs(chosen, part)

    def lacking(self, tree: Tree) -> tuple[str, ...]:
        """Return which of compose project and network has no name yet."""
        wanted = {"compose project": tree.record.compose_project, "network name": tree.record.network}
        return tuple(name for name, value in wanted.items() if value is None)

    def port_holders(self, project: Project, besides: Record | None) -> dict[tuple[int, str], str]:
        """Return the containers that publish ports."""
        stack = besides.compose_project if besides else None
        return project.engine.port_holders(except_project=stack)

    def traces(self, project: Project) -> tuple[Trace, ...]:
        """Return traces from the labels of containers."""
        return docker_traces.traces_in_docker(project)

    def completed(self, project: Project, trace: Trace) -> Trace:
        """Return a trace completed from the labels of networks."""
        return docker_traces.completed(project, trace)

    def examine(self, project: Project, git_version: str | None) -> tuple[EngineFacts, tuple[Checked, ...]]:
        """Return which engine and Compose are in use."""
        from .checks import examine  # noqa: PLC0415 - no other command needs it

        return examine(project, git_version)
