"""The containers of compose projects, from the engine's socket: faster than the SDK or a program."""

from __future__ import annotations

import errno
import json
import os
import socket
import time
from typing import TYPE_CHECKING, Any

from .. import interruption
from ..configuration.compose.containers import ListedContainer, listed_values
from ..configuration.compose.labels import CONFIG, STACK
from ..lazy_modules import later
from ..machine.known_projects import expanded, text_of
from .exception_types import ANSWER_SECONDS, EngineForbidden, unavailable

if TYPE_CHECKING:
    import hashlib
    from collections.abc import Mapping
    from urllib import parse

    from ..errors import DockerUnavailable
    from . import docker_ps
else:
    docker_ps, hashlib, parse = later(__package__, ".docker_ps", "hashlib", "urllib.parse")

__all__ = ["containers", "socket_in_use", "unanswered"]

_SCHEME = "unix://"
_DEFAULT = f"{_SCHEME}/var/run/docker.sock"
_CHUNK = 1 << 16
_LOOK_SECONDS = 0.25


def socket_in_use(environ: Mapping[str, str]) -> str | None:
    """Return the socket that the user's docker program uses for its engine; None if it uses something else.

    Args:
        environ: The environment variables.
    """
    host = environ.get("DOCKER_HOST") or _host_of_context(environ)
    return host.removeprefix(_SCHEME) if host.startswith(f"{_SCHEME}/") else None


def _host_of_context(environ: Mapping[str, str]) -> str:
    """Return the endpoint of the context in use; empty if that is not simple to determine."""
    folder = expanded(environ.get("DOCKER_CONFIG") or "~/.docker")
    chosen = environ.get("DOCKER_CONTEXT") or _document(text_of(folder / "config.json")).get("currentContext")
    if chosen in (None, "", "default"):
        return _DEFAULT
    digest = hashlib.sha256(str(chosen).encode()).hexdigest()
    endpoints = _document(text_of(folder / "contexts" / "meta" / digest / "meta.json")).get("Endpoints")
    endpoint = endpoints.get("docker") if isinstance(endpoints, dict) else None
    return str(endpoint.get("Host", "")) if isinstance(endpoint, dict) else ""


def _document(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


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


def unanswered(place: str, error: OSError, seconds: float) -> DockerUnavailable:
    """Return the error for a socket of this machine that gave no answer.

    Args:
        place: The socket.
        error: The system's error.
        seconds: How long we waited for an answer.
    """
    if isinstance(error, TimeoutError):
        return unavailable(f"waited {seconds:g} s for {_SCHEME}{place}")
    failure = unavailable(f"{_SCHEME}{place}: {error.strerror or error}")
    forbidden = error.errno in (errno.EACCES, errno.EPERM)
    return EngineForbidden(failure.what, failure.hint) if forbidden else failure


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
