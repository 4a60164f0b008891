"""An engine that has no socket on this machine, through Docker's SDK: contexts, TLS, SSH, named pipes."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...errors import DockerUnavailable
from ..api_errors import EngineForbidden, context_missing, unavailable
from .transport import Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker.context import Context

__all__ = ["BySdk", "endpoint", "speaking"]


class BySdk:
    """The transport of the SDK, which is an HTTP session with its own connections.

    Args:
        seconds: How long to wait for the engine's first answer.

    Raises:
        DockerUnavailable: There is no such context, or no engine.
    """

    def __init__(self, seconds: int) -> None:
        import docker  # noqa: PLC0415 - takes 110 ms, and a local engine is queried without it
        from docker.utils.config import load_general_config  # noqa: PLC0415 - the same

        with speaking(seconds):
            if not os.environ.get("DOCKER_HOST"):
                _context()  # if there is no such context, the SDK silently takes the default one
            # Use the engine's own API version; the request for it also checks that the engine answers.
            self._api = docker.from_env(version="auto", timeout=seconds).api
        self._api.headers.update(load_general_config().get("HttpHeaders") or {})

    def request(self, method: str, path: str, body: str | None, seconds: float | None) -> Response:
        """Send a request and wait for its whole answer; see `Transport`."""
        headers = {"Content-Type": "application/json"} if body else {}
        with speaking(seconds or 0):
            said = self._api.request(
                method, f"{self._api.base_url}{path}", data=body, headers=headers, timeout=seconds
            )
            return Response(said.status_code, said.content)

    def close(self) -> None:
        """Close the connections."""
        self._api.close()


def endpoint() -> tuple[str, str]:
    """Return the engine's address and where that is set, without connecting to it."""
    if host := os.environ.get("DOCKER_HOST"):
        return host, "DOCKER_HOST"
    import docker.errors  # noqa: PLC0415 - loaded with the SDK

    try:
        context = _context()
    except (docker.errors.DockerException, DockerUnavailable) as error:
        return f"unknown: {error}", "context"
    source = "DOCKER_CONTEXT" if os.environ.get("DOCKER_CONTEXT") else f"context {context.name}"
    # The SDK spells a socket's address differently from the docker program.
    return str(context.Host).removeprefix("http+"), source


def _context() -> Context:
    """Return the Docker context in use.

    Raises:
        DockerUnavailable: There is none of that name.
    """
    from docker.context import ContextAPI  # noqa: PLC0415 - loaded with the SDK
    from docker.context.config import get_current_context_name  # noqa: PLC0415 - the same

    name = os.environ.get("DOCKER_CONTEXT") or get_current_context_name()
    context = ContextAPI.get_context(name)
    if context is None:
        raise context_missing(name)
    return context


@contextmanager
def speaking(seconds: float) -> Iterator[None]:
    """Turn what the SDK raises into errors for users.

    Args:
        seconds: How long to wait for the engine's answer.
    """
    import docker.errors  # noqa: PLC0415 - loaded with the SDK
    import requests.exceptions  # noqa: PLC0415 - the same

    try:
        yield
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        raise _unanswered(error, seconds) from error


def _unanswered(error: BaseException, seconds: float) -> DockerUnavailable:
    """Return why an engine does not answer: for a silent one, its address, and how long we waited."""
    import requests.exceptions  # noqa: PLC0415 - loaded with the SDK

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, requests.exceptions.Timeout):
            return unavailable(f"waited {seconds:g} s for {endpoint()[0]}")
        if isinstance(cause, OSError) and cause.strerror:
            told = unavailable(f"{endpoint()[0]}: {cause.strerror}")
            forbidden = cause.errno in (errno.EACCES, errno.EPERM)
            return EngineForbidden(told.what, told.hint) if forbidden else told
        cause = cause.__cause__ or cause.__context__
    return unavailable(str(error))
