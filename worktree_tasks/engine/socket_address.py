"""The engine's socket on this machine: where the docker program would find it, and why it did not answer."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from ..lazy_modules import later
from ..machine.known_projects import document_of, expanded
from .api_errors import EngineForbidden, unavailable

if TYPE_CHECKING:
    import hashlib
    from collections.abc import Mapping

    from ..errors import DockerUnavailable
else:
    # Only contexts with names need it.
    (hashlib,) = later(None, "hashlib")

__all__ = ["socket_in_use", "unanswered"]

_SCHEME = "unix://"
_DEFAULT = f"{_SCHEME}/var/run/docker.sock"


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
    chosen = environ.get("DOCKER_CONTEXT") or document_of(folder / "config.json").get("currentContext")
    if chosen in (None, "", "default"):
        return _DEFAULT
    digest = hashlib.sha256(str(chosen).encode()).hexdigest()
    endpoints = document_of(folder / "contexts" / "meta" / digest / "meta.json").get("Endpoints")
    endpoint = endpoints.get("docker") if isinstance(endpoints, dict) else None
    return str(endpoint.get("Host", "")) if isinstance(endpoint, dict) else ""


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
