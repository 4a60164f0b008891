"""The containers of compose projects, from the engine's socket: faster than the SDK or a program."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from ..configuration.compose.containers import ListedContainer, listed_values
from ..configuration.compose.labels import CONFIG, STACK
from ..lazy_modules import later
from .api_errors import ANSWER_SECONDS
from .socket_address import socket_in_use, unanswered
from .socket_http import ask

if TYPE_CHECKING:
    from urllib import parse

    from . import docker_ps
else:
    docker_ps, parse = later(__package__, ".docker_ps", "urllib.parse")

__all__ = ["containers"]

_OK = 200


def containers(*, seconds: float = ANSWER_SECONDS) -> tuple[ListedContainer, ...]:
    """Return all containers of compose projects, stopped ones included, in one query.

    If the engine has no socket on this machine, or its answer is unusual, the docker program is queried.

    Args:
        seconds: How long to wait for the engine's answer.

    Raises:
        DockerUnavailable: The engine does not answer.
        KeyboardInterrupt: The command is being interrupted.
    """
    place = socket_in_use(os.environ)
    found = _listed_containers(place, seconds) if place is not None else None
    if found is None:
        return docker_ps.containers(seconds=seconds)
    return tuple(ListedContainer(**listed_values(one)) for one in found)


def _listed_containers(place: str, seconds: float) -> list[dict[str, Any]] | None:
    """Return what the engine lists; None if its answer is unusual."""
    filters = parse.quote(json.dumps({"label": [STACK, CONFIG]}))
    try:
        status, body = ask(place, "GET", f"/containers/json?all=1&filters={filters}", seconds=seconds)
        found = json.loads(body) if status == _OK else None
    except OSError as error:
        raise unanswered(place, error, seconds) from error
    except ValueError:
        return None
    return found if isinstance(found, list) else None
