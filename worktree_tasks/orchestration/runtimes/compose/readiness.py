"""Wait until all of a worktree's containers answer, one has failed, or the time is up."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from ....configuration.compose.containers import by_service
from ....configuration.formatting import spoken_wait
from ....configuration.idle_command import sleeps
from ....configuration.port_answers import DATA_PORTS, DEBUGGER_PORTS, PortAnswer, answered
from ....configuration.ports import publishing
from ....errors import Failure
from ....lazy_modules import later
from ....quick_dataclasses import dataclass
from ....waiting import Look, wait_while
from .early_health_checks import EarlyHealthChecks
from .port_polling import PortPolling

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from ....configuration.compose.containers import Container
    from ....configuration.compose.override import Stack
    from ....configuration.ports import Port
    from ...steps.worktree_handle import Tree
    from . import container_failure as endings
else:
    # Only failures need them.
    (endings,) = later(__package__, ".container_failure")

__all__ = ["refuse_failed", "wait_until_ready"]

# Ports are probed more often than containers are listed: the engine's work slows down what is starting.
_LOOK_SECONDS = 0.2
# How long to wait for the first answers of ports that do not decide; they show the schemes of URLs.
_ASIDE_SECONDS = 0.5
_ALL_ADDRESSES = "make it listen on 0.0.0.0: 127.0.0.1 is only reachable inside the container; "
_ASIDE = (PortAnswer.NOBODY, PortAnswer.HANGS_UP)


@dataclass(frozen=True, slots=True)
class _Late:
    """What a service still lacks; without words if it has only just started.

    Attributes:
        how: The service's state, in a word or two.
        words: The error message if the time is up.
        container: Its container.
        hint: What may help.
    """

    how: str
    words: str = ""
    container: Container | None = None
    hint: str = ""


def wait_until_ready(
    tree: Tree, stack: Stack, names: Collection[str], settled: Callable[[], None] = lambda: None
) -> None:
    """Wait until a worktree's own services are ready: by their health checks, or else by their ports.

    Args:
        tree: The worktree.
        stack: Its stack.
        names: The services.
        settled: Called, maybe several times, when other work no longer slows them down: those that publish
            ports are ready, or there are more processors than services.

    Raises:
        Failure: A service exited, or was not ready within `wt.wait` seconds.
    """
    engine, seconds = tree.project.engine, tree.project.settings.wait
    look = Look(lambda: engine.containers(stack.compose_project), _LOOK_SECONDS)
    watch = PortPolling(
        (port for port in stack.ports if port.service in names), bind=stack.bind, host=tree.record.host
    )
    checks = EarlyHealthChecks(engine)
    serving = publishing(stack.ports)
    waiting = set(names)
    # An application keeps one processor busy while it starts.
    spare = len(waiting) < (os.cpu_count() or 1)
    started = time.monotonic()

    def missing_of(found: Iterable[Container]) -> dict[str, _Late]:
        containers = by_service(found)
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
            # What was ready at the last look may have exited since. What is ready is not checked again.
            missing = missing_of(look.now())
            waiting.intersection_update(missing)
        if spare or not serving & waiting:
            settled()
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
    tree: Tree,
    name: str,
    container: Container | None,
    watch: PortPolling,
    checks: EarlyHealthChecks,
    waited: float,
) -> _Late | None:
    """Return what a service still lacks; None if it is ready."""
    if container is None:
        return _Late("missing", f"{name} is not ready (missing)")
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
    optional = decided is None and _of_debuggers(ports)
    if not answered([watch.answer(port) for port in ports], waited, optional=optional):
        silent = next(port for port in ports if watch.answer(port) in (None, PortAnswer.NOBODY))
        nobody = watch.answer(silent) == PortAnswer.NOBODY
        where = f", {silent.target} in the container" if nobody else ""
        words = f"{name} does not answer on port {silent.published}{where}"
        return _Late(f"port {silent.published}", words, container, _ALL_ADDRESSES if nobody else "")
    return _Late("just started", container=container) if not ports and container.young else None


def _of_debuggers(ports: Iterable[Port]) -> bool:
    return all(port.target in DEBUGGER_PORTS for port in ports)


def _note_aside(tree: Tree, watch: PortPolling, names: Collection[str]) -> None:
    """Report which ports serve no pages, if another port of the service does or none has to."""
    for name in names:
        answers = {port: watch.last_answer(port) for port in watch.ports(name)}
        ready = {PortAnswer.HTTP, PortAnswer.HTTPS, PortAnswer.OTHER} & set(answers.values())
        if ready or _of_debuggers(answers):
            for port, answer in answers.items():
                if answer in _ASIDE and port.target not in DATA_PORTS:
                    tree.project.progress.news(
                        f"{name}: port {port.published} ({port.target} in the container) {answer.value};"
                        " not waiting for it"
                    )


def refuse_failed(tree: Tree, containers: Collection[Container], *, serving: Collection[str] = ()) -> None:
    """Check that no container has exited that should not have.

    Args:
        tree: The worktree.
        containers: Its containers.
        serving: The services that publish ports, and so are not jobs, which may exit successfully.

    Raises:
        Failure: One has; the error has its last lines.
    """
    for container in containers:
        ended = container.failed or (container.finished and container.service in serving)
        if ended or container.state == "restarting":
            what = f"exited with code {container.exit_code}" if ended else "keeps restarting"
            # `wt.run` would start the stack first, which fails the same way.
            shell = f"run --rm --no-deps --entrypoint sh {container.service}"
            look = f'wt.compose {tree.record.name} "{shell}" opens a shell in its image'
            hint = f"{endings.kept_hint(tree.record)}; {look}"
            failure = Failure(f"{container.service} {what}", hint, kind="service-exited")
            raise endings.with_last_lines(failure, tree.project, container, tree)
