"""Main's stack: keep the shared services running, once, whatever main's state."""

from __future__ import annotations

from functools import partial
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

from .... import git
from ....command import CommandError
from ....configuration.compose.containers import by_service, unready
from ....configuration.compose.service_references import host_names
from ....configuration.compose.service_roles import shared
from ....configuration.compose.service_ties import awaited_jobs
from ....configuration.formatting import spoken_wait
from ....engine import compose_command
from ....engine.compose_errors import ImageMissing, NetworkGone
from ....errors import Failure
from ....lazy_modules import later
from ....waiting import wait_while
from .arriving_containers import once_created
from .compose_input import input_of
from .network_links import dead_links, detach, is_worktrees, living_networks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ....configuration.compose.containers import Container
    from ....configuration.compose.service_roles import Service
    from ...steps.project import Project
    from . import container_failure, main_start_failure
else:
    # Only failures need them.
    container_failure, main_start_failure = later(__package__, ".container_failure", ".main_start_failure")

__all__ = [
    "ensure_main",
    "foreign_main",
    "refuse_lost",
    "services_down",
    "shared_containers",
    "shared_names",
    "wanted_shared",
]

# A program that cannot run exits within this time.
_FIRST_SECONDS = 3.0


def ensure_main(project: Project, wanted: tuple[str, ...]) -> dict[str, Container]:
    """Make sure that shared services are running and healthy; main's other services are left alone.

    Args:
        project: The project.
        wanted: The shared services.

    Returns:
        The shared services' containers, by service.

    Raises:
        Failure: A shared service is not ready within `wt.wait` seconds, or belongs to another checkout.
    """
    with project.progress.step("main") as say:
        running = _all_containers(project, wanted)
        if place := _foreign_directory(project, running.values()):
            # Worktrees would use its database as main's.
            raise Failure(
                f"the compose project {project.name} runs in {place}, which is not this project's main",
                "stop that, or give one of the two another `name:` or COMPOSE_PROJECT_NAME",
                kind="main-elsewhere",
            )
        jobs = awaited_jobs(project.model)
        if not all(_ready(running.get(name), ended=name in jobs) for name in wanted):
            with project.locks.alone(None):
                _start(project, wanted)
            running = _wait(project, wanted)
        words = [f"{name} {running[name].health or running[name].state}" for name in wanted]
        say(f"{project.name}: {', '.join(words) or 'no shared services'}")
        return {name: running[name] for name in wanted}


def foreign_main(project: Project) -> Path | None:
    """Return the directory of another checkout whose services have the place of main's."""
    return _foreign_directory(project, _all_containers(project, wanted_shared(project.services)).values())


def _foreign_directory(project: Project, containers: Iterable[Container]) -> Path | None:
    # After a move of the main checkout, containers still have its old directory, which is gone.
    foreign = git.foreign_directories((one.directory for one in containers), project.repository)
    return Path(foreign[0]) if foreign else None


def _all_containers(project: Project, wanted: Iterable[str]) -> dict[str, Container]:
    """Return the containers of shared services under main's name, those of another checkout included."""
    found = by_service(project.engine.containers(project=project.name))
    return {name: found[name] for name in wanted if name in found}


def wanted_shared(services: Iterable[Service]) -> tuple[str, ...]:
    """Return the shared services that a worktree's stack relies on."""
    return tuple(service.name for service in shared(services) if service.started)


def shared_containers(project: Project, wanted: Iterable[str]) -> dict[str, Container]:
    """Return main's containers of shared services, by service."""
    found = project.main_containers()
    return {name: found[name] for name in wanted if name in found}


def services_down(project: Project, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of some shared services that are not running."""
    running, jobs = shared_containers(project, wanted), awaited_jobs(project.model)
    return tuple(name for name in wanted if _down(running.get(name), ended=name in jobs))


def _ready(container: Container | None, *, ended: bool) -> bool:
    """Return whether a service is ready; one that exited successfully only if it is a job."""
    return container is not None and (ended if container.finished else container.ready)


def _start(project: Project, wanted: tuple[str, ...]) -> None:
    specs = project.model.services
    order = TopologicalSorter({name: specs[name].depends_on.keys() & set(wanted) for name in wanted})
    order.prepare()
    while order.is_active():
        batch = tuple(order.get_ready())
        running, jobs = shared_containers(project, batch), awaited_jobs(project.model)
        down = sorted(name for name in batch if _down(running.get(name), ended=name in jobs))
        if down:
            for name in down:
                _drop_dead_links(project, running.get(name))
            _up(project, down)
        if order.is_active() and len(batch) < len(wanted):
            _wait(project, batch)
        order.done(*batch)


def _down(container: Container | None, *, ended: bool) -> bool:
    return container is None or not (container.state == "running" or (ended and container.finished))


def _up(project: Project, names: list[str]) -> None:
    call = input_of(project).invocation(project=project.name, override=False)
    words = ("up", "--detach", "--no-deps")
    up = partial(compose_command.run, call, *words, services=names, echo=project.echo)
    project.progress.doing(f"starting {', '.join(names)}")
    try:
        try:
            once_created(project, partial(up, "--no-build", "--no-recreate"))
        except NetworkGone:
            # Main's network was recreated with the same name, but old containers refer to the old one's id.
            up("--no-build")
        except ImageMissing:
            up("--no-recreate")
    except CommandError as error:
        raise main_start_failure.main_not_started(project, error, names) from error


def _drop_dead_links(project: Project, container: Container | None) -> None:
    """Disconnect a stopped container from missing networks, with which it could not start."""
    if container is None:
        return
    alive = living_networks(project)
    for name in dead_links(project, container, alive):
        # Compose itself joins main's own networks if they were recreated.
        if name not in alive or is_worktrees(project, name):
            detach(project, container, name)


def _wait(project: Project, wanted: tuple[str, ...]) -> dict[str, Container]:
    running: dict[str, Container] = {}

    def missing() -> dict[str, str]:
        nonlocal running
        running = shared_containers(project, wanted)
        _refuse_failed(project, running)
        late = unready(running, wanted)
        if late:
            how = {name: running[name].word if name in running else "missing" for name in late}
            project.progress.doing(spoken_wait(how))
        return late

    if late := wait_while(missing, project.settings.wait):
        name, state = next(iter(late.items()))
        failure = Failure(
            f"main's {name} is not ready after {project.settings.wait:g} s ({state})",
            f"look at `docker compose -p {project.name} logs {name}`, or raise the setting wt.wait",
            kind="shared-not-ready",
        )
        raise container_failure.with_last_lines(failure, project, running.get(name), None)
    return running


def refuse_lost(project: Project, wanted: tuple[str, ...]) -> None:
    """Check that shared services survived their first seconds.

    Raises:
        Failure: One has exited since it was started, with its last lines in the error, or was removed.
    """

    def unsettled() -> list[Container]:
        found = shared_containers(project, wanted)
        if missing := [name for name in wanted if name not in found]:
            what = f"main's {', '.join(missing)} was removed meanwhile"
            raise Failure(what, "run the same command again", kind="shared-exited")
        _refuse_failed(project, found)
        return [
            one for one in found.values() if one.state == "restarting" or (one.young and one.health is None)
        ]

    for one in wait_while(unsettled, _FIRST_SECONDS):
        if one.state == "restarting":
            raise _failure(project, one, "keeps restarting")


def _refuse_failed(project: Project, found: Mapping[str, Container]) -> None:
    """Refuse shared services that exited and should not have; a job may exit successfully."""
    jobs = awaited_jobs(project.model)
    for name, container in found.items():
        ended = container.finished and name not in jobs and project.model.services[name].ports
        if container.failed or ended:
            raise _failure(project, container, f"exited with code {container.exit_code}")


def _failure(project: Project, container: Container, what: str) -> Failure:
    hint = f"`docker compose -p {project.name} logs {container.service}` shows more"
    failure = Failure(f"main's {container.service} {what}", hint, kind="shared-exited")
    return container_failure.with_last_lines(failure, project, container, None)


def shared_names(project: Project, container: Container) -> tuple[str, ...]:
    """Return all names of a shared service in main's own networks."""
    services = project.model.services
    spec = services[container.service]
    aliases = [alias for joined in spec.networks.values() for alias in joined.aliases]
    links = [
        link.partition(":")[2]
        for other in services.values()
        for link in other.links
        if link.partition(":")[0] == container.service
    ]
    given = (spec.container_name, spec.hostname)
    hosts = host_names(services).get(container.service, {})
    return tuple(
        dict.fromkeys(name for name in (container.service, *given, *aliases, *links, *hosts) if name)
    )
