"""`wt.host-init`: set a machine up for the project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...engine import compose_command
from ...errors import Failure
from ...git.program import OLDEST
from ...printable import lines_of
from ...quick_dataclasses import dataclass
from ...store import KnownHost
from ..hosts.fabric_setup import require_fabric, set_up
from ..hosts.remote_checkout import have_checkout, mark_of, put_files
from ..hosts.remote_program import PROGRAM
from ..hosts.ssh_connection import Line

if TYPE_CHECKING:
    from ...configuration.hosts import Host
    from ..hosts.fabric_setup import SetUp
    from ..steps.project import Project

__all__ = ["Prepared", "host_init"]

_OLDEST_PYTHON = (3, 11)
_ASK = """\
echo "python $("$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>&1 | tail -n 1)"
echo "git $(git --version 2>&1 | tail -n 1)"
echo "docker $(docker compose version --short 2>&1 | tail -n 1)"
"""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A machine that a project is set up on.

    Attributes:
        host: Its name here.
        path: The main checkout there.
        program: The version of our program there.
        put: The ignored files that were copied there.
        differing: The ignored files that exist there and differ from those here.
        changed: Whether anything was done.
    """

    host: str
    path: str
    program: str
    put: tuple[str, ...]
    differing: tuple[str, ...]
    changed: bool


def host_init(project: Project, host: Host, laptop: str) -> Prepared:
    """Set a machine up for the project: our program, the main checkout and ignored files.

    Running it once is enough.

    Raises:
        HostUnavailable: It cannot be reached.
        Failure: A requirement is missing there, or there is not enough space.
        BadUse: Something else is where the main checkout belongs.
        Refused: The main checkout there was changed.
    """
    require_fabric()
    progress, line = project.progress, Line(host)
    with progress.step("machine") as say:
        line.open()
        progress.doing(f"checking the requirements on {host.name}")
        with set_up(host, line.options) as there:
            has = _needed(there)
    with set_up(host, line.options) as there:
        with progress.step("program") as report:
            progress.doing(f"sending it to {host.name}")
            program = PROGRAM
            brought = program.have(there)
            say(has)
            report("copied" if brought else "up to date")
        place = have_checkout(project, there, line, mark_of(project, laptop))
        with progress.step("checkout") as report:
            report(f"{host.name}:{place.path}")
        with progress.step("files") as report:
            put, differing = put_files(project, there, place)
            report(", ".join(put) if put else "nothing to copy")
    for name in differing:
        progress.note(f"{name} on {host.name} differs from the one here and was left as it is")
    known = KnownHost(host.name, place.path)
    changed = brought or place.made or bool(put) or known not in project.store.hosts(project.entry)
    project.store.remember_host(project.entry, known)
    return Prepared(host.name, place.path, program.key, put, differing, changed)


def _needed(there: SetUp) -> str:
    """Return the versions that a machine has of what is needed, in words.

    Raises:
        Failure: Something is missing or too old.
    """
    host = there.host
    versions = dict(
        line.split(" ", 1) for line in lines_of(there.do("looking", _ASK, host.python)) if " " in line
    )
    found = []
    for key, name, what, oldest in (
        ("python", "Python", host.python, _OLDEST_PYTHON),
        ("git", "git", "git", OLDEST),
        ("docker", "Docker Compose", "Docker with Compose", compose_command.OLDEST),
    ):
        version = _version(output := versions.get(key, ""))
        if version is None or version < oldest:
            more = f", or set wt.hosts.{host.name}.python to one" if key == "python" else ""
            raise Failure(
                f"{host.name} needs {what} ≥ {_text(oldest)}: {output}",
                f"install it there{more}; then run the same command again",
                kind="host-lacks",
            )
        found.append(f"{name} {_text(version)}")
    return f"{host.name}: {', '.join(found)}"


def _version(output: str) -> tuple[int, ...] | None:
    found = re.fullmatch(r"(?:git version |v)?(\d+(?:\.\d+){1,2})\b.*", output)
    return tuple(map(int, found[1].split("."))) if found else None


def _text(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
