"""The engine's containers: list, inspect, start and stop them, and run commands in them."""

from __future__ import annotations

import json
import re
import signal
import time
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from ...command import Result
from ...configuration.compose.containers import Container, listed_values, name_of
from ...configuration.compose.labels import CONFIG, STACK
from ...printable import lines_of
from ...waiting import wait_while
from ..api_errors import Gone
from .client import ANSWER_SECONDS, Client, labels
from .exec_output import read_streams

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from .exec_output import Streams

__all__ = ["Containers"]


_ENDING_SECONDS = 5.0
_FILE_SECONDS = 10.0
# The engine's stop timeout for a container that sets none.
_STOP_SECONDS = 10


class Containers(Client):
    """Requests about containers."""

    def containers(self, project: str) -> tuple[Container, ...]:
        """Return the containers, stopped ones included, of a compose project."""
        return self.labelled(f"{STACK}={project}", CONFIG)

    def labelled(self, *wanted: str) -> tuple[Container, ...]:
        """Return the containers, stopped ones included, with all of some labels: `name` or `name=value`."""
        return tuple(_container(one) for one in self.get("/containers/json", all=1, filters=labels(wanted)))

    def port_holders(self, except_project: str | None = None) -> dict[tuple[int, str], str]:
        """Return the owner of each host port: (port, protocol) to text such as `container shop-web-1's`.

        A stopped container shows no ports, but wants them back when it starts.
        """
        holders: dict[tuple[int, str], str] = {}
        listed = self.get("/containers/json", all=1)
        # Running containers have their ports, even if others claim them.
        for one in sorted(listed, key=lambda one: one["State"] == "running"):
            if except_project and (one.get("Labels") or {}).get(STACK) == except_project:
                continue
            words = f"container {name_of(one)}'s"
            if one["State"] == "running":
                bindings = [(port.get("PublicPort"), port["Type"]) for port in one.get("Ports") or ()]
            else:
                bindings = self._wanted_ports(one["Id"])
            holders.update({(int(port), protocol): words for port, protocol in bindings if port})
        return holders

    def _wanted_ports(self, container: str) -> list[tuple[int | None, str]]:
        host: Mapping[str, Any] = {}
        with suppress(Gone):  # removed after it was listed
            host = self.inspect(container)["HostConfig"]
        return [
            (
                int(binding["HostPort"]) if binding.get("HostPort", "").isdigit() else None,
                key.partition("/")[2] or "tcp",
            )
            for key, bindings in (host.get("PortBindings") or {}).items()
            for binding in bindings or ()
        ]

    def inspect(self, container: str) -> dict[str, Any]:
        """Return everything that Docker reports about a container.

        Raises:
            Gone: It does not exist.
        """
        return cast("dict[str, Any]", self.get("/containers/{}/json", container))

    def has_file(self, container: str, path: str) -> bool:
        """Return whether a container has a file, running or not; nothing is started for that.

        Raises:
            Gone: There is no such container.
            EngineRefused: The engine is busy, or cannot look into the container.
        """
        asked = {"path": path}
        with suppress(Gone):
            self.request("HEAD", "/containers/{}/archive", container, query=asked, seconds=_FILE_SECONDS)
            return True
        self.inspect(container)
        return False

    def stop(self, container: str, seconds: int | None = None) -> None:
        """Stop a container, and kill it after some seconds; by default, after its own stop timeout."""
        if seconds is None:
            # The engine waits for the stop timeout, which may be hours.
            seconds = self.inspect(container)["Config"].get("StopTimeout")
        waited = ANSWER_SECONDS + (_STOP_SECONDS if seconds is None else seconds)
        self.request("POST", "/containers/{}/stop", container, query={"t": seconds}, seconds=waited)

    def ending(self, containers: Collection[str]) -> frozenset[str]:
        """Return which of some running containers have got their stop signal since they started.

        The engine itself has no state for that: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/System/operation/SystemEvents
        """
        wanted = json.dumps({"container": [*containers], "event": ["kill", "start"]})
        asked: dict[str, str | float | None] = {"since": 1, "until": time.time(), "filters": wanted}
        said = self.request("GET", "/events", query=asked, seconds=_FILE_SECONDS).body
        told = [json.loads(line) for line in lines_of(said.decode()) if line]
        last = {one["Actor"]["ID"]: one for one in told}
        return frozenset(
            key
            for key, one in last.items()
            if one["Action"] == "kill" and one["Actor"]["Attributes"].get("signal") == self._stop_signal(key)
        )

    def _stop_signal(self, container: str) -> str:
        """Return the number of the signal that ends a container."""
        name = self.inspect(container)["Config"].get("StopSignal") or "SIGTERM"
        known = {one.name: str(one.value) for one in signal.Signals}
        return known.get(f"SIG{name.removeprefix('SIG')}", name)

    def start(self, container: str) -> None:
        """Start a container."""
        self.request("POST", "/containers/{}/start", container)

    def remove_container(self, container: str) -> None:
        """Remove a container with its anonymous volumes."""
        with suppress(Gone):
            self.request("DELETE", "/containers/{}", container, query={"v": 1, "force": 1})

    def last_lines(self, container: str, count: int) -> list[str]:
        """Return the last log lines of a container since its last start; Docker's restarts do not count."""
        told = self.inspect(container)
        started = 0.0 if told.get("RestartCount") else _seconds(told["State"].get("StartedAt") or "")
        # The engine records the start a moment after a quick program's first output.
        since = started - 1 if started else None
        asked = {"stdout": 1, "stderr": 1, "tail": count, "since": since}
        said = self.request("GET", "/containers/{}/logs", container, query=asked).body
        # With a terminal of its own there is one stream, without frame headers.
        whole = said if told["Config"].get("Tty") else read_streams(said).both
        return lines_of(whole.decode(errors="replace").rstrip())

    def memory(self, container: str) -> int | None:
        """Return the memory that a running container uses, in bytes; None if it no longer runs.

        The page cache that it could give back does not count, as in `docker stats`.
        """
        document: Mapping[str, Any] = {}
        # For a container that ends meanwhile, the engine's answer may be empty.
        with suppress(Gone):
            document = self.get("/containers/{}/stats", container, **{"stream": 0, "one-shot": 1}) or {}
        return _memory(document.get("memory_stats") or {})

    def output_of(
        self, container: str, argv: Sequence[str], *, env: Mapping[str, str] | None = None
    ) -> str | None:
        """Run a short command in a running container; return what it writes to stdout, or None if it fails.

        Args:
            container: The container's id.
            argv: The command.
            env: Environment variables to add, which process lists do not show.
        """
        said, code = self._run(container, argv, env or {})
        return said.out.decode(errors="replace") if code == 0 else None

    def execute(self, container: str, argv: Sequence[str], env: Mapping[str, str]) -> Result:
        """Run a command in a running container to its end, with further environment variables."""
        said, code = self._run(container, argv, env)
        return Result(tuple(argv), code, _text(said.out), _text(said.err))

    def _run(self, container: str, argv: Sequence[str], env: Mapping[str, str]) -> tuple[Streams, int]:
        wanted = {
            "AttachStdout": True,
            "AttachStderr": True,
            "Cmd": list(argv),
            "Env": [f"{key}={value}" for key, value in env.items()],
        }
        execution = self.request("POST", "/containers/{}/exec", container, body=wanted).document["Id"]
        detached = {"Detach": False, "Tty": False}
        # The command may take long, and print nothing meanwhile.
        said = self.request("POST", "/exec/{}/start", execution, body=detached, seconds=None).body
        return read_streams(said), self._exit_code(execution)

    def _exit_code(self, execution: str) -> int:
        """Return the exit code of a command whose output has ended; -1 if the engine reports none.

        The engine learns of a process's end separately from the end of its output, and sometimes later.
        """
        document: dict[str, Any] = {}

        def running() -> bool:
            document.update(self.get("/exec/{}/json", execution))
            return document["ExitCode"] is None

        return -1 if wait_while(running, _ENDING_SECONDS) else int(document["ExitCode"])


def _text(said: bytes) -> str:
    return said.decode(errors="replace")


def _memory(told: Mapping[str, Any]) -> int | None:
    if "usage" not in told:
        return None
    details = told.get("stats") or {}
    # The first name is for version 1 of the kernel's control groups, the second for version 2.
    cache = details.get("total_inactive_file", details.get("inactive_file", 0))
    return max(0, int(told["usage"]) - int(cache))


def _seconds(moment: str) -> float:
    """Parse the engine's timestamp with nanoseconds; return seconds since 1970, or 0 if there is none."""
    found = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,6})?", moment)
    if not found or moment.startswith("0001"):
        return 0.0
    return datetime.fromisoformat(f"{found[1]}+00:00").timestamp() + float(found[2] or 0)


def _container(one: Mapping[str, Any]) -> Container:
    return Container(
        **listed_values(one),
        labels=one.get("Labels") or {},
        image=one.get("ImageID") or "",
        volumes=tuple(mount["Name"] for mount in one.get("Mounts") or () if mount.get("Type") == "volume"),
    )
