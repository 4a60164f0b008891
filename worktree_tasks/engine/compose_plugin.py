"""The program behind `docker compose`, which takes two thirds of the time if docker need not find it first.

Docker tells once where it is; that counts until one of the files changes that have a say in it. Whoever puts
a script in the place of `docker`, or names further directories of plugins, has docker asked each time.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import command
from ..errors import Failure
from ..machine import files
from ..machine.known_projects import expanded, state_directory, text_of
from ..quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Plugin", "known_plugin", "learn_plugin"]

# In this order: https://github.com/docker/cli/blob/v28.2.2/cli-plugins/manager/manager_unix.go
_FOLDERS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
_SECONDS = 3.0
_SCRIPT = b"#!"


@dataclass(frozen=True, slots=True)
class Plugin:
    """The program, and how docker starts it.

    Attributes:
        path: Its path.
        version: The version that it reports.
        docker: The docker program.
    """

    path: str
    version: str
    docker: str

    @property
    def environment(self) -> dict[str, str]:
        """The arguments that make it run as a part of docker."""
        return {"DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND": self.docker}


def known_plugin() -> Plugin | None:
    """Return the plugin that docker would start; None if only docker can determine it."""
    docker = _docker()
    if docker is None:
        return None
    try:
        path, version, marks = json.loads(text_of(_place()))
    except (OSError, TypeError, ValueError):
        return None
    return Plugin(path, version, docker) if marks == _marks(docker) else None


def learn_plugin() -> None:
    """Ask docker for the plugin's path, and record it for later commands."""
    docker = _docker()
    # Without a state file, such as in a dry run, nothing is written.
    if docker is None or not _place().parent.is_dir():
        return
    argv = ("docker", "info", "--format", "{{json .ClientInfo.Plugins}}")
    with suppress(Failure, OSError, TypeError, ValueError):  # docker finds the plugin itself, as before
        info = json.loads(command.run(argv, check=False, seconds=_SECONDS).out)
        found = {one["Path"]: one["Version"] for one in info if one["Name"] == "compose"}
        for path in found.keys() & _candidates():
            files.write_text(_place(), json.dumps([path, found[path], _marks(docker)]))


def _place() -> Path:
    return state_directory() / "compose.json"


def _docker() -> str | None:
    """Return the docker program; None if it is a script, or searches more directories for plugins."""
    found = shutil.which("docker")
    if found is None or "cliPluginsExtraDirs" in text_of(_configuration() / "config.json"):
        return None
    try:
        with Path(found).open("rb") as program:
            return None if program.read(len(_SCRIPT)) == _SCRIPT else found
    except OSError:
        return None


def _configuration() -> Path:
    return Path(os.environ.get("DOCKER_CONFIG") or expanded("~/.docker"))


def _candidates() -> list[str]:
    folders = (_configuration() / "cli-plugins", *map(Path, _FOLDERS))
    return [str(folder / "docker-compose") for folder in folders]


def _marks(docker: str) -> dict[str, Any]:
    """Return the current state of the files that decide which program is started."""
    return dict(_marked(docker))


def _marked(docker: str) -> Iterator[tuple[str, list[int] | None]]:
    for path in (docker, *_candidates()):
        try:
            found = os.stat(path)  # noqa: PTH116 - a text, as it is written down
        except OSError:
            yield path, None
        else:
            yield path, [found.st_mtime_ns, found.st_size, found.st_ino]
