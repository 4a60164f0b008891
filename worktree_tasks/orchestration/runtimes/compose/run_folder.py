"""The directory that Compose is run in, which is `${PWD}` in compose files."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from ....engine.api_errors import Gone
from ....engine.compose_config import read_model
from ....errors import BadUse, DockerUnavailable
from ....machine import files
from ....quick_dataclasses import replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ....engine.api import Engine
    from ....engine.compose_command import Invocation

__all__ = ["run_folder", "says_pwd"]

_PWD = re.compile(r"\$\{?PWD\b")
_MARK = Path("/worktree-tasks-was-run-here")


def says_pwd(call: Invocation) -> bool:
    """Return whether compose files depend on the directory that Compose is run in."""
    return any(path.is_file() and _PWD.search(files.read_text(path)) for path in call.files)


def run_folder(call: Invocation, main: Path, engine: Engine) -> Path | None:
    """Return where main's stack was started, by the bind mounts of its containers; None if unknown.

    Args:
        call: The compose call for main.
        main: The main checkout.
        engine: The engine that its containers are on.

    Returns:
        A path relative to the main checkout, or absolute if it is outside.
    """
    try:
        place = next(_folders_by_containers(call, engine), None)
    except (BadUse, DockerUnavailable, Gone):  # reported by whatever needs them
        return None
    if place is None:
        return None
    real = Path(os.path.realpath(place))
    home = main.resolve()
    return real.relative_to(home) if real.is_relative_to(home) else real


def _folders_by_containers(call: Invocation, engine: Engine) -> Iterator[str]:
    """Yield the values of `${PWD}` when main's containers were created."""
    model = read_model(replace(call, pwd=_MARK))
    below = {
        (spec.name, mount.target): mount.source.removeprefix(str(_MARK))
        for spec in model.services.values()
        for mount in spec.mounts
        if mount.type == "bind" and Path(mount.source).is_relative_to(_MARK)
    }
    home = os.path.realpath(call.directory)
    for one in engine.labelled("com.docker.compose.project"):
        if one.key is not None or os.path.realpath(one.directory) != home:
            continue
        for mount in engine.inspect(one.id).get("Mounts") or ():
            rest = below.get((one.service, mount.get("Destination")))
            if rest is not None and str(mount.get("Source", "")).endswith(rest):
                yield str(mount["Source"]).removesuffix(rest)
