"""The connection to the Docker Engine, and what stands between its SDK's errors and ours."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...errors import DockerUnavailable
from ...once import once
from ..failures import EngineForbidden, of_engine, unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import APIClient
    from docker.context import Context

__all__ = ["Client", "speaking"]

# Whatever is there answers a first word at once; removals and networks take their time on a busy machine.
_FIRST_SECONDS = 10
_ANSWER_SECONDS = 60


class Client:
    """The connection to the engine that the user's Docker context names, opened at the first question."""

    @once
    def _api(self) -> APIClient:
        import docker  # noqa: PLC0415 - costs 150 ms, and `wt.list` does without

        with speaking(seconds=_FIRST_SECONDS):
            if not os.environ.get("DOCKER_HOST"):
                _context()  # where there is no such context, the SDK takes the default one without a word
            # The API's version is the engine's own; asking for it is also the first answer we get.
            api = docker.from_env(version="auto", timeout=_FIRST_SECONDS).api
        api.timeout = _ANSWER_SECONDS
        return api

    def close(self) -> None:
        """Close the connections, where any were opened."""
        if "_api" in self.__dict__:
            self._api.close()

    def check(self) -> None:
        """Make sure that an engine answers.

        Raises:
            DockerUnavailable: None does.
        """
        with speaking():
            self._api.ping()

    def version(self) -> tuple[str, str]:
        """Return the engine's version and that of its interface.

        Raises:
            DockerUnavailable: None answers.
        """
        with speaking():
            told = self._api.version()
        return str(told.get("Version")), str(told.get("ApiVersion"))

    @staticmethod
    def endpoint() -> tuple[str, str]:
        """Return where the engine is spoken to, and what says so, without speaking to it."""
        if host := os.environ.get("DOCKER_HOST"):
            return host, "DOCKER_HOST"
        import docker.errors  # noqa: PLC0415 - loaded with the SDK

        try:
            context = _context()
        except (docker.errors.DockerException, DockerUnavailable) as error:
            return f"unknown: {error}", "context"
        source = "DOCKER_CONTEXT" if os.environ.get("DOCKER_CONTEXT") else f"context {context.name}"
        # The SDK's word for a socket is not what people and the docker program write.
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
        raise DockerUnavailable(
            f"there is no Docker context {name!r}",
            "docker context ls shows them; DOCKER_CONTEXT or docker context use NAME chooses one",
            kind="context-missing",
        )
    return context


@contextmanager
def speaking(*, seconds: float = _ANSWER_SECONDS) -> Iterator[None]:
    """Turn what the SDK raises into errors for users, each kind into a type.

    Args:
        seconds: How long the engine's answer is waited for.
    """
    import docker.errors  # noqa: PLC0415 - loaded with the SDK
    import requests.exceptions  # noqa: PLC0415 - the same

    try:
        yield
    except docker.errors.APIError as error:
        raise of_engine(error.status_code, str(error.explanation or error)) from error
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        raise _unanswered(error, seconds) from error


def _unanswered(error: BaseException, seconds: float) -> DockerUnavailable:
    """Return why an engine does not answer: for a silent one, where it was asked, and for how long."""
    import requests.exceptions  # noqa: PLC0415 - loaded with the SDK

    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, requests.exceptions.Timeout):
            return unavailable(f"waited {seconds:g} s for {Client.endpoint()[0]}")
        if isinstance(cause, OSError) and cause.strerror:
            told = unavailable(f"{Client.endpoint()[0]}: {cause.strerror}")
            forbidden = cause.errno in (errno.EACCES, errno.EPERM)
            return EngineForbidden(told.what, told.hint) if forbidden else told
        cause = cause.__cause__ or cause.__context__
    return unavailable(str(error))
