"""Access to the `docker compose` program."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

from .. import command, interruption
from ..errors import DockerUnavailable, Failure
from ..quick_dataclasses import dataclass
from .api_errors import ANSWER_SECONDS, unavailable
from .compose_errors import compose_refusal
from .compose_plugin import known_plugin, learn_plugin

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["OLDEST", "Invocation", "argv", "environment", "query", "run", "version"]

# The first version that supports !override and !reset everywhere: https://github.com/docker/compose/releases/tag/v2.24.4
OLDEST = (2, 24, 4)
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


def query(*words: str, seconds: float) -> command.Result:
    """Run a short query of the docker program.

    Args:
        words: The command line.
        seconds: How long it may take.

    Raises:
        DockerUnavailable: Docker is missing, or has not answered in that time.
    """
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
    result = query("docker", "compose", "version", "--short", seconds=ANSWER_SECONDS)
    if result.code:
        return ""
    learn_plugin()
    return result.out
