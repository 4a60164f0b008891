"""An engine on a socket of this machine, queried without the SDK, which takes 55 to 110 ms to load."""

from __future__ import annotations

import socket
from contextlib import closing
from http.client import HTTPConnection, HTTPException

from ..exception_types import unavailable
from ..socket_address import unanswered
from .transport import Response

__all__ = ["OverSocket"]


class OverSocket:
    """The transport over a Unix socket; one connection per request lets threads work side by side."""

    def __init__(self, place: str) -> None:
        self._place = place

    def request(self, method: str, path: str, body: str | None, seconds: float | None) -> Response:
        """Send a request and wait for its whole answer; see `Transport`."""
        headers = {"Content-Type": "application/json"} if body else {}
        try:
            with closing(_Connection(self._place, seconds)) as connection:
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                return Response(response.status, response.read())
        except HTTPException as error:
            raise unavailable(f"unix://{self._place}: {type(error).__name__} {error}") from error
        except OSError as error:
            raise unanswered(self._place, error, seconds or 0) from error

    def close(self) -> None:
        """Do nothing: no connection is kept open."""


class _Connection(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, place: str, seconds: float | None) -> None:
        super().__init__("docker", timeout=seconds)
        self._place = place

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._place)
