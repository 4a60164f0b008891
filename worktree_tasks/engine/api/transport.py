"""The engine's answer to one API request, and the Protocol of transports."""

from __future__ import annotations

import json
from typing import Any, Protocol

from ...quick_dataclasses import dataclass

__all__ = ["Response", "Transport"]


@dataclass(slots=True, frozen=True)
class Response:
    """The HTTP status and the whole body."""

    status: int
    body: bytes

    @property
    def document(self) -> Any:  # noqa: ANN401 - whatever JSON says
        """The body parsed as JSON; None if it is empty."""
        return json.loads(self.body) if self.body.strip() else None


class Transport(Protocol):
    """A way to send requests to an engine."""

    def request(self, method: str, path: str, body: str | None, seconds: float | None) -> Response:
        """Send a request and wait for its whole answer.

        Args:
            method: The HTTP method.
            path: The path with its query, such as `/containers/json?all=1`.
            body: The request's body, sent as JSON.
            seconds: How long the engine may send nothing; no limit by default.

        Raises:
            DockerUnavailable: There was no answer.
        """
        ...

    def close(self) -> None:
        """Close what is open."""
        ...
