"""An engine on a socket of this machine, queried without the SDK, which takes 55 to 110 ms to load."""

from __future__ import annotations

from ..api_errors import unavailable
from ..socket_address import unanswered
from ..socket_http import ask
from .transport import Response

__all__ = ["OverSocket"]


class OverSocket:
    """The transport over a Unix socket; one connection per request lets threads work side by side."""

    def __init__(self, place: str) -> None:
        self._place = place

    def request(self, method: str, path: str, body: str | None, seconds: float | None) -> Response:
        """Send a request and wait for its whole answer; see `Transport`."""
        try:
            return Response(*ask(self._place, method, path, body, seconds=seconds))
        except ValueError as error:
            raise unavailable(f"unix://{self._place}: {error}") from error
        except OSError as error:
            raise unanswered(self._place, error, seconds or 0) from error

    def close(self) -> None:
        """Do nothing: no connection is kept open."""
