"""Access to the `docker compose` program, and to `docker ps`, which needs no SDK."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import command, interruption
from ..configuration.compose.containers import ListedContainer, conditions, published_ports
from ..configuration.compose.labels import CONFIG, DEPENDS_ON, DIRECTORY, FILES, KEY, SERVICE, STACK
from ..errors import DockerUnavailable, Failure
from ..printable import lines_of, said_last
from .compose_plugin import known_plugin, learn_plugin
from .refusals import ANSWER_SECONDS, compose_refusal, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["OLDEST", "Invocation", "argv", "containers", "environment", "run", "version"]

# The first version that supports !override and !reset everywhere: https://github.com/docker/compose/releases/tag/v2.24.4
OLDEST = (2, 24, 4)
_FIELDS = ("ID", "Names", "State", "Status", "Ports", "Networks", "Image", "Command")
_LABELS = (STACK, SERVICE, KEY, DIRECTORY, FILES, DEPENDS_ON)
_NO_REMOTE = {"COMPOSE_EXPERIMENTAL_GIT_REMOTE": "false", "COMPOSE_EXPERIMENTAL_OCI_REMOTE": "false"}


@dataclass(frozen=True, slots=True)
class Invocation:
    """The compose project of a call; every call passes all of this.

    Attributes:
        directory: Compose's project directory.
        files: The compose files, in order.
        env_files: What Compose interpolates from, in order.
        project: The compose project; None lets Compose name main's.
        profiles: Active profiles; `*` for all.
        shadowing: Names in the shell's environment that would win over the env files.
        remote: Whether remote compose files may be fetched.
        pwd: The value of `${PWD}` in compose files; None for the project directory.
    """

    directory: Path
    files: tuple[Path, ...]
    env_files: tuple[Path, ...] = ()
    project: str | None = None
    profiles: tuple[str, ...] = ()
    shadowing: frozenset[str] = frozenset()
    remote: bool = True
    pwd: Path | None = None


def argv(call: Invocation, *words: str, services: Sequence[str] = ()) -> list[str]:
    """Return the command line of a compose command for all or some services, whose names may be `-d`."""
    return [
        "docker",
        "compose",
        *(("-p", call.project) if call.project else ()),
        "--project-directory",
        str(call.directory),
        *(word for path in call.files for word in ("-f", str(path))),
        *(word for path in call.env_files for word in ("--env-file", str(path))),
        *(word for profile in call.profiles for word in ("--profile", profile)),
        *words,
        *(("--", *services) if services else ()),
    ]


def environment(call: Invocation) -> dict[str, str]:
    """Return the environment of a compose command."""
    # Compose files may use ${PWD}, which is the directory that they are run in.
    extra = {"PWD": str(call.pwd or call.directory), **({} if call.remote else _NO_REMOTE)}
    return command.environment(without=call.shadowing, extra=extra)


def run(
    call: Invocation,
    *words: str,
    services: Sequence[str] = (),
    check: bool = True,
    echo: Callable[[str], None] | None = None,
    seconds: float | None = None,
) -> command.Result:
    """Run a compose command to its end.

    Args:
        call: The project.
        words: The command.
        services: The services; all if empty.
        check: Whether a failure raises.
        echo: Also receives each line that Compose prints, as it comes.
        seconds: How long a query may take; commands that change something have no limit, and hold our locks.

    Raises:
        DockerUnavailable: No engine answers.
        OutOfTime: It took longer than `seconds`.
        NetworkGone: A container is attached to a network that is gone, and `check` is set.
        ImageMissing: A service has no image, and `check` is set.
        CommandError: Compose failed for another reason, and `check` is set.
    """
    plugin = known_plugin()
    result = _docker(
        argv(call, *words, services=services),
        cwd=call.directory,
        env=environment(call) | (plugin.environment if plugin else {}),
        echo=echo,
        keep=seconds is None,
        seconds=seconds,
        program_file=plugin.path if plugin else None,
    )
    failure = compose_refusal(result)
    if failure and (check or isinstance(failure, DockerUnavailable)):
        interruption.wait_for_ctrl_c()
        raise failure
    return result


def _docker(
    words: Sequence[str],
    **options: Any,  # noqa: ANN401 - those of `command.run`
) -> command.Result:
    try:
        return command.run(words, check=False, **options)
    except Failure as error:
        if shutil.which("docker"):
            raise
        raise DockerUnavailable(
            "the docker program is missing",
            "install Docker: https://docs.docker.com/get-docker/",
            kind="compose-unusable",
        ) from error


def _answered(*words: str, seconds: float) -> command.Result:
    try:
        return _docker(words, seconds=seconds)
    except command.OutOfTime as error:
        raise unavailable(f"waited {seconds:g} s for `{' '.join(words[:2])}`") from error


def version() -> str:
    """Return the version of Compose, which supports our overrides.

    Raises:
        DockerUnavailable: Compose is missing or too old.
    """
    oldest = ".".join(map(str, OLDEST))
    hint = f"install Docker Compose {oldest} or later: https://docs.docker.com/compose/install/"
    found = re.search(r"(\d+)\.(\d+)\.(\d+)", _told_version())
    if not found:
        raise DockerUnavailable("docker compose is not installed", hint, kind="compose-unusable")
    if tuple(map(int, found.groups())) < OLDEST:
        raise DockerUnavailable(
            f"Docker Compose {found[0]} is older than {oldest}", hint, kind="compose-unusable"
        )
    return found[0]


def _told_version() -> str:
    """Return the version that Compose reports; empty if it cannot."""
    if plugin := known_plugin():
        return plugin.version
    result = _answered("docker", "compose", "version", "--short", seconds=ANSWER_SECONDS)
    if result.code:
        return ""
    learn_plugin()
    return result.out


def containers(*, seconds: float = ANSWER_SECONDS) -> tuple[ListedContainer, ...]:
    """Return all containers of compose projects, in one query.

    Args:
        seconds: How long to wait for the engine's answer.

    Raises:
        DockerUnavailable: No engine answers.
    """
    fields = [
        *(f"{{{{json .{name}}}}}" for name in _FIELDS),
        *(f'{{{{json (.Label "{name}")}}}}' for name in _LABELS),
    ]
    labelled = ("--filter", f"label={STACK}", "--filter", f"label={CONFIG}")
    words = ("docker", "ps", "--all", "--no-trunc", *labelled, "--format", f"[{','.join(fields)}]")
    result = _answered(*words, seconds=seconds)
    if result.code:
        raise unavailable(said_last(result.err, f"exit code {result.code}"))
    return parse_containers(result.out)


def parse_containers(text: str) -> tuple[ListedContainer, ...]:
    """Parse the output of `docker ps` for `containers`."""
    return tuple(_container(json.loads(line)) for line in lines_of(text))


def _container(parts: Sequence[str]) -> ListedContainer:
    identifier, name, state, status, ports, networks, image, command_line, *labels = parts
    project, service, key, directory, names, depends_on = labels
    return ListedContainer(
        id=identifier,
        name=name,
        project=project,
        service=service,
        key=key or None,
        state=state,
        status=status,
        published=published_ports(ports),
        directory=directory,
        files=tuple(part for part in names.split(",") if part),
        networks=frozenset(part for part in networks.split(",") if part),
        image_name=image,
        # The program quotes it.
        command=command_line.strip('"'),
        depends_on=conditions(depends_on),
    )
