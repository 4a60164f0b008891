"""The connection to the Docker Engine: requests to its API, with its refusals as our errors."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from ...lazy_values import once
from ..api_errors import engine_refusal, unavailable
from ..socket_address import socket_in_use

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from .transport import Response, Transport

__all__ = ["ANSWER_SECONDS", "Client", "labels"]

# A running engine answers the first request at once; removals and networks take longer on a busy machine.
_FIRST_SECONDS = 10
ANSWER_SECONDS = 60.0
_REFUSED = 400


class Client:
    """The connection to the engine of the user's Docker context, opened on the first request.

    The interface is that of https://docs.docker.com/reference/api/engine/version/v1.41/; without a version
    in the path, engines speak their own.
    """

    @property
    def is_here(self) -> bool:
        """Whether the engine is on a socket of this machine, by Docker's own settings."""
        return socket_in_use(os.environ) is not None

    @once
    def _transport(self) -> Transport:
        place = socket_in_use(os.environ)
        if place is None:
            from .remote_client import BySdk  # noqa: PLC0415 - it loads the SDK

            return BySdk(_FIRST_SECONDS)
        from .socket_client import OverSocket  # noqa: PLC0415 - loaded when an engine is asked

        way = OverSocket(place)
        way.request("GET", "/_ping", None, _FIRST_SECONDS)
        return way

    def request(
        self,
        method: str,
        path: str,
        *names: str,
        query: Mapping[str, str | float | None] | None = None,
        body: Mapping[str, Any] | None = None,
        seconds: float | None = ANSWER_SECONDS,
    ) -> Response:
        """Send a request, and return what the engine answers.

        Args:
            method: The HTTP method.
            path: The path, with `{}` for each name in it.
            names: These names, not escaped.
            query: The query parameters; a value of None is left out.
            body: The request's body, sent as JSON.
            seconds: How long the engine may send nothing.

        Raises:
            EngineRefused: The engine refused it.
            DockerUnavailable: The engine does not answer.
        """
        whole = path.format(*(quote(name, safe="/:@") for name in names))
        asked = {key: value for key, value in (query or {}).items() if value is not None}
        if asked:
            whole = f"{whole}?{urlencode(asked)}"
        text = None if body is None else json.dumps(body)
        answer = self._transport.request(method, whole, text, seconds)
        if answer.status >= _REFUSED:
            raise engine_refusal(answer.status, _refusal_message(answer))
        return answer

    def get(self, path: str, *names: str, **query: str | float | None) -> Any:  # noqa: ANN401 - what JSON says
        """Return the JSON document of a GET request; see `request`."""
        answer = self.request("GET", path, *names, query=query)
        try:
            return answer.document
        except ValueError as error:
            raise unavailable(f"the server that answers {path} is not a Docker Engine") from error

    def close(self) -> None:
        """Close the connections, if any were opened."""
        if "_transport" in self.__dict__:
            self._transport.close()

    def check(self) -> None:
        """Check that an engine answers.

        Raises:
            DockerUnavailable: None does.
        """
        _ = self._transport

    def version(self) -> tuple[str, str]:
        """Return the versions of the engine and of its API.

        Raises:
            DockerUnavailable: None answers.
        """
        told = self.get("/version")
        return str(told.get("Version")), str(told.get("ApiVersion"))

    @staticmethod
    def endpoint() -> tuple[str, str]:
        """Return the engine's address and where that is set, without connecting to it."""
        from .remote_client import endpoint  # noqa: PLC0415 - it loads the SDK

        return endpoint()


def labels(wanted: Collection[str], **more: Collection[str]) -> str:
    """Return the filter for objects with all of some labels: `name` or `name=value`."""
    return json.dumps({"label": [*wanted], **{key: [*values] for key, values in more.items()}})


def _refusal_message(answer: Response) -> str:
    """Return the engine's message about a refusal."""
    try:
        told = answer.document
    except ValueError:
        told = None
    words = told.get("message") if isinstance(told, dict) else None
    return str(words or answer.body.decode(errors="replace").strip() or f"HTTP status {answer.status}")
