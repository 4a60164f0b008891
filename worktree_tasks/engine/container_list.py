"""The containers of compose projects, from the engine's socket: faster than the SDK or a program."""

from __future__ import annotations

import json
import os
import socket
import time
from typing import TYPE_CHECKING, Any

from .. import interruption
from ..configuration.compose.containers import ListedContainer, listed_values
from ..configuration.compose.labels import CONFIG, STACK
from ..lazy_modules import later
from .exception_types import ANSWER_SECONDS
from .socket_address import socket_in_use, unanswered

if TYPE_CHECKING:
    from urllib import parse

    from . import docker_ps
else:
    docker_ps, parse = later(__package__, ".docker_ps", "urllib.parse")

__all__ = ["containers"]

_CHUNK = 1 << 16
_LOOK_SECONDS = 0.25


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
    filters = parse.quote(json.dumps({"label": [STACK, CONFIG]}))
    try:
        answer = _whole_answer(place, f"/containers/json?all=1&filters={filters}", seconds)
    except OSError as error:
        raise unanswered(place, error, seconds) from error
    return _read(answer)


def _whole_answer(place: str, path: str, seconds: float) -> bytes:
    """Return the whole answer to a request.

    In HTTP 1.0 the answer ends when the connection closes. Python's own client takes 12 ms to load.
    """
    deadline = time.monotonic() + seconds
    answer = bytearray()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        connection.connect(place)
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n".encode())
        connection.settimeout(_LOOK_SECONDS)
        while True:
            interruption.refuse_new()
            try:
                chunk = connection.recv(_CHUNK)
            except TimeoutError:
                if time.monotonic() > deadline:
                    raise
                continue
            if not chunk:
                return bytes(answer)
            answer += chunk


def _read(answer: bytes) -> list[dict[str, Any]] | None:
    head, _, body = answer.partition(b"\r\n\r\n")
    status = head.split(b"\r\n")[0].split()
    if status[1:2] != [b"200"] or b"\r\ntransfer-encoding:" in head.lower():
        return None
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, list) else None
