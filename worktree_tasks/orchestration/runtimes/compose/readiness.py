"""Whether a worktree's containers are up: waited for until all answer, one has failed, or the time is up."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....configuration.formatting import spoken_wait
from ....configuration.readiness import DATA_PORTS, PortAnswer, answered, sleeps
from ....errors import Failure
from ....lazy_modules import later
from ....waiting import Look, wait_while
from .health_watch import HealthWatch
from .port_watch import PortWatch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ....configuration.compose.containers import Container
    from ....configuration.compose.override import Stack
    from ...steps.tree import Tree
    from . import container_failure as endings
else:
    # Only what went wrong needs them.
    (endings,) = later(__package__, ".container_failure")

__all__ = ["refuse_failed", "wait_until_ready"]

# Ports are asked more often than containers: the engine's answer takes processors from what starts.
_LOOK_SECONDS = 0.2
# So long are the first answers of ports waited for that do not decide, for the schemes of their URLs.
_ASIDE_SECONDS = 0.5
_ALL_ADDRESSES = "let it listen on 0.0.0.0, since 127.0.0.1 there is the container's own; "
_ASIDE = (PortAnswer.NOBODY, PortAnswer.HANGS_UP)


@dataclass(frozen=True, slots=True)
class _Late:
    """What is waited for, and what else may help; without words, only for a service that has just started.

    Attributes:
        how: How the service is, in a word or two.
        words: What is said of it when the time is up.
        container: Its container.
        hint: What may help.
    """

    how: str
    words: str = ""
    container: Container | None = None
    hint: str = ""


def wait_until_ready(tree: Tree, stack: Stack, names: Collection[str]) -> None:
    """Wait until a worktree's own services are up: by their health checks, else by what their ports answer.

    Args:
        tree: The worktree.
        stack: Its stack.
        names: The services.

    Raises:
        Failure: A service exited, or was not ready within `wt.wait` seconds.
    """
    engine, seconds = tree.project.engine, tree.project.settings.wait
    look = Look(lambda: engine.containers(stack.compose_project), _LOOK_SECONDS)
    watch = PortWatch(
        (port for port in stack.ports if port.service in names), bind=stack.bind, host=tree.record.host
    )
    checks = HealthWatch(engine)
    serving = {port.service for port in stack.ports if port.published is not None}
    waiting = set(names)
    started = time.monotonic()

    def missing_of(found: Iterable[Container]) -> dict[str, _Late]:
        containers = {one.service: one for one in sorted(found, key=lambda one: one.state == "running")}
        refuse_failed(tree, containers.values(), serving=serving)
        watch.ask(waiting)
        waited = time.monotonic() - started
        missing = {
            name: _late(tree, name, containers.get(name), watch, checks, waited) for name in sorted(waiting)
        }
        return {name: one for name, one in missing.items() if one}

    def late() -> _Late | None:
        missing = missing_of(look.last())
        if len(missing) < len(waiting):
            # What is ready by the last look may have ended since. What was ready once is not asked again.
            missing = missing_of(look.now())
            waiting.intersection_update(missing)
        if missing:
            tree.project.progress.doing(spoken_wait({name: one.how for name, one in missing.items()}))
        return max(missing.values(), key=lambda one: bool(one.words), default=None)

    last = wait_while(late, seconds)
    if last and last.words:
        hint = f"{last.hint}{endings.kept_hint(tree.record)}"
        failure = Failure(f"{last.words} after {seconds:g} s", hint, kind="not-ready")
        raise endings.with_last_lines(failure, tree.project, last.container, tree)
    wait_while(watch.busy, _ASIDE_SECONDS)
    tree.note_schemes(watch.schemes())
    _note_aside(tree, watch, names)


def _late(
    tree: Tree, name: str, container: Container | None, watch: PortWatch, checks: HealthWatch, waited: float
) -> _Late | None:
    """Return what is missing of a service; None when it is ready."""
    if container is None:
        return _Late("not there", f"{name} is not ready (not there)")
    if container.finished:
        return None
    decided = tree.project.settings.ready.get(name)
    judged = decided is None and container.health is not None
    if container.state != "running" or (judged and not checks.healthy(container)):
        health = container.health or "no health check"
        return _Late(container.word, f"{name} is not ready ({container.state}, {health})", container)
    if judged or decided == 0 or (decided is None and sleeps(container.command)):
        return None
    ports = [port for port in watch.ports(name) if decided in (None, port.target)]
    if not answered([watch.answer(port) for port in ports], waited):
        silent = next(port for port in ports if watch.answer(port) in (None, PortAnswer.NOBODY))
        nobody = watch.answer(silent) == PortAnswer.NOBODY
        where = f", {silent.target} in the container" if nobody else ""
        words = f"{name} does not answer on port {silent.published}{where}"
        return _Late(f"port {silent.published}", words, container, _ALL_ADDRESSES if nobody else "")
    return _Late("just started", container=container) if not ports and container.young else None


def _note_aside(tree: Tree, watch: PortWatch, names: Collection[str]) -> None:
    """Say which ports serve no pages, where another one of the service does."""
    for name in names:
        answers = {port: watch.heard(port) for port in watch.ports(name)}
        if {PortAnswer.HTTP, PortAnswer.HTTPS, PortAnswer.OTHER} & set(answers.values()):
            for port, answer in answers.items():
                if answer in _ASIDE and port.target not in DATA_PORTS:
                    tree.project.progress.news(
                        f"{name}: port {port.published} ({port.target} in the container) {answer.value};"
                        " it is not waited for"
                    )


def refuse_failed(tree: Tree, containers: Collection[Container], *, serving: Collection[str] = ()) -> None:
    """Make sure that no container has ended that should not have.

    Args:
        tree: The worktree.
        containers: Its containers.
        serving: The services that publish ports: they are no jobs, which may end well.

    Raises:
        Failure: One has; its last lines are in it.
    """
    for container in containers:
        ended = container.failed or (container.finished and container.service in serving)
        if ended or container.state == "restarting":
            what = f"exited with code {container.exit_code}" if ended else "starts again and again"
            # `wt.run` would start the stack first, which ends the same way.
            shell = f"run --rm --no-deps --entrypoint sh {container.service}"
            look = f'wt.compose {tree.record.name} "{shell}" opens a shell in its image'
            hint = f"{endings.kept_hint(tree.record)}; {look}"
            failure = Failure(f"{container.service} {what}", hint, kind="service-exited")
            raise endings.with_last_lines(failure, tree.project, container, tree)
