"""A runtime without containers: each service is a process of this machine.

A project says in `stack.json` what runs: `{"web": {"argv": […], "port": 8000}}`. A process finds its port
in `PORT`. All commands of a test are in one process, so what runs is kept in memory.
"""
# ruff: noqa: ARG002 - the arguments are the Protocol's

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from worktree_tasks.configuration.compose.compose_files import ComposeFiles
from worktree_tasks.configuration.compose.containers import ListedContainer
from worktree_tasks.configuration.compose.model import Model, Mount, PortSpec, Spec
from worktree_tasks.configuration.doctor_findings import EngineFacts
from worktree_tasks.errors import BadUse, CommandFailed, Failure
from worktree_tasks.machine.bound_ports import bound
from worktree_tasks.orchestration.runtimes.runtime_values import LogLine, Logs, Ran, Step
from worktree_tasks.waiting import wait_while

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from worktree_tasks.configuration.ports import Port
    from worktree_tasks.configuration.record_traces import Trace
    from worktree_tasks.orchestration.runtimes.runtime_values import Part
    from worktree_tasks.orchestration.steps.project import Project
    from worktree_tasks.orchestration.steps.worktree_handle import Tree
    from worktree_tasks.store import Record

__all__ = ["Processes"]

_FILE = "stack.json"
_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class _Input:
    dotenv: dict[str, str]
    files = ComposeFiles("", (_FILE,), "stack.worktree.json", implicit=True, env_files=())
    profiles = ()
    interpolation: dict[str, str]
    env_keys = shadowing = frozenset()


@dataclass(slots=True)
class _Service:
    record: Record
    port: Port
    log: Path
    program: subprocess.Popen[bytes]

    @property
    def running(self) -> bool:
        return self.program.poll() is None


class Processes:
    """Plain processes."""

    name = "processes"
    checks = ()

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._services: dict[tuple[str, str], _Service] = {}
        self.steps = (Step("lease-stack-name", _lease_name, before=("allocate-port", "write-env")),)

    def __call__(self, name: str = "processes") -> Processes:
        """Be the only runtime that there is."""
        assert name == self.name
        return self

    def end(self) -> None:
        """Kill whatever a test left."""
        for one in self._services.values():
            one.program.kill()
            one.program.wait()

    def input(self, _project: Project, _checkout: Path | None = None) -> _Input:
        return _Input({}, {})

    def model(
        self, project: Project, checkout: Path, _stack: str | None = None, *, apart: Path | None = None
    ) -> Model:
        try:
            described = json.loads((checkout / _FILE).read_text())
        except (OSError, ValueError) as error:
            raise BadUse(f"{checkout / _FILE} cannot be read: {error}", "correct it") from error
        place = f"/{checkout.relative_to(apart)}" if apart else str(checkout)
        here = Mount("bind", place, "/", {})
        services = {
            name: Spec(name, ports=(PortSpec(one["port"], str(one["port"])),), mounts=(here,))
            for name, one in described.items()
        }
        return Model(project.main.name, services)

    def main_among(self, _project: Project, _listed: object, known: str) -> str:
        return known

    def raw_specs(self, _project: Project) -> dict[str, object]:
        return {}

    def check(self, project: Project) -> None:
        pass

    def read(self, project: Project) -> None:
        _ = project.model

    def listed(self, seconds: float = 0) -> tuple[ListedContainer, ...]:
        return tuple(
            ListedContainer(
                id=f"{key}-{name}", name=f"{one.record.compose_project}-{name}", service=name, key=key,
                project=str(one.record.compose_project), state="running" if one.running else "exited",
                status="Up 1 minute" if one.running else f"Exited ({one.program.returncode})",
                published=((one.port.target, int(one.port.published or 0), one.port.protocol),),
            )
            for (key, name), one in self._services.items()
        )  # fmt: skip

    def goals(self, *, start: bool) -> tuple[str, ...]:
        return ("copy-files", "write-env")

    def memory(self, _listed: object) -> dict[str, int]:
        return {}

    def exec_shared(self, *_: object, **__: object) -> None:
        return None

    def execute(self, *_: object, **__: object) -> None:
        return None

    def connection(self, *_: object) -> None:
        return None

    def take_over(self, project: Project, directory: Path) -> None:
        pass

    def planned(self, tree: Tree) -> Record:
        return replace(tree.record, compose_project=_stack_name(tree))

    def foreign_main(self, *_: object) -> None:
        pass

    def git_access(self, *_: object) -> tuple[()]:
        return ()

    def origins(self, *_: object) -> tuple[()]:
        return ()

    def undo(self, tree: Tree) -> None:
        pass

    def up(self, tree: Tree, *, build: bool = False, settled: Callable[[], None] = lambda: None) -> None:
        described = json.loads((tree.record.path / _FILE).read_text())
        for port in tree.ports:
            running = self._services.get((tree.record.key, port.service))
            if running and running.running:
                continue
            log = self._logs / f"{tree.record.key}-{port.service}.log"
            with log.open("ab") as lines:
                program = subprocess.Popen(
                    described[port.service]["argv"], cwd=tree.record.path, stdout=lines, stderr=lines,
                    stdin=subprocess.DEVNULL, env={**os.environ, "PORT": str(port.published)},
                )  # fmt: skip
            self._services[tree.record.key, port.service] = _Service(tree.record, port, log, program)
        settled()
        for port in tree.ports:
            number = int(port.published or 0)
            if wait_while(lambda number=number: not bound(number, "tcp", "127.0.0.1"), _SECONDS):
                log = self._services[tree.record.key, port.service].log
                raise Failure(f"{port.service} does not answer", log.read_text())

    def stop(self, tree: Tree) -> int:
        running = [one for one in self._of(tree.record).values() if one.running]
        for one in running:
            one.program.terminate()
            one.program.wait(_SECONDS)
        return len(running)

    def detach(self, tree: Tree) -> tuple[str, ...]:
        return ()

    def down(self, tree: Tree, *, beside: Callable[[], object] = lambda: None) -> None:
        self.stop(tree)
        for name, one in self._of(tree.record).items():
            one.log.unlink()
            del self._services[tree.record.key, name]
        beside()

    def emptying(self, _tree: Tree) -> Callable[[Path], None]:
        return lambda _: None

    def left_of(self, records: Iterable[Record]) -> tuple[str, ...]:
        return tuple(f"process {name}" for record in records for name in self._of(record))

    def services(self, tree: Tree, *, running: bool = False) -> frozenset[str]:
        return frozenset(name for name, one in self._of(tree.record).items() if one.running or not running)

    def run(self, tree: Tree, service: str, argv: Sequence[str], *, capture: bool) -> Ran:
        done = subprocess.run(argv, cwd=tree.record.path, check=False, capture_output=capture, text=True)
        if done.returncode:
            raise CommandFailed(f"{argv[0]} exited with code {done.returncode}", done.returncode)
        return Ran(tree.record.name, service, tuple(argv), done.stdout or "")

    def native(self, tree: Tree, argv: Sequence[str], *, capture: bool) -> Ran:
        if argv != ("ps",):
            raise CommandFailed(f"processes {argv[0]} exited with code 1", 1)
        return Ran(tree.record.name, None, tuple(argv), "".join(f"{name}\n" for name in self.services(tree)))

    def follow(self, tree: Tree, services: Sequence[str], part: Part, *, follow: bool) -> None:
        for one in self.logs(tree, services, part).lines:
            sys.stdout.write(f"{one.service} | {one.line}\n")

    def logs(self, tree: Tree, services: Sequence[str], part: Part) -> Logs:
        return Logs(
            tuple(
                LogLine(name, line)
                for name, one in self._of(tree.record).items()
                if not services or name in services
                for line in one.log.read_text().splitlines()[-int(part.tail or 0) :]
            )
        )

    def lacking(self, tree: Tree) -> tuple[str, ...]:
        return () if tree.record.compose_project else ("stack name",)

    def port_holders(self, _project: Project, besides: Record | None) -> dict[tuple[int, str], str]:
        return {
            (int(one.port.published or 0), "tcp"): f"process {name}"
            for (key, name), one in self._services.items()
            if one.running and (besides is None or key != besides.key)
        }

    def traces(self, _project: Project) -> tuple[()]:
        return ()

    def completed(self, _project: Project, trace: Trace) -> Trace:
        return trace

    def examine(self, _project: Project, git_version: str | None) -> tuple[EngineFacts, tuple[()]]:
        return EngineFacts("processes", "tests", git=git_version), ()

    def _of(self, record: Record) -> dict[str, _Service]:
        return {name: one for (key, name), one in self._services.items() if key == record.key}


def _stack_name(tree: Tree) -> str:
    return f"{tree.project.name}-{tree.record.name}"


def _lease_name(tree: Tree) -> None:
    tree.update(compose_project=_stack_name(tree))
