"""The containers of compose projects, from `docker ps`: it reaches any engine, and needs no SDK."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..configuration.compose.containers import ListedContainer, conditions, published_ports
from ..configuration.compose.labels import CONFIG, DEPENDS_ON, DIRECTORY, FILES, KEY, SERVICE, STACK
from ..printable import lines_of, said_last
from .api_errors import ANSWER_SECONDS, unavailable
from .compose_command import query

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["containers", "parse_containers"]

_FIELDS = ("ID", "Names", "State", "Status", "Ports", "Networks", "Image", "Command")
_LABELS = (STACK, SERVICE, KEY, DIRECTORY, FILES, DEPENDS_ON)


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
    result = query(*words, seconds=seconds)
    if result.code:
        raise unavailable(said_last(result.err, result.ending))
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
