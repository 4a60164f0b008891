"""HTTP over a socket of this machine: Python's own client takes 12 ms to load, mostly for e-mail and TLS."""

from __future__ import annotations

import socket
import time
from io import BytesIO

from .. import interruption

__all__ = ["ask"]

_CHUNK = 1 << 16
_LOOK_SECONDS = 0.25
_END = b"\r\n\r\n"


def ask(
    place: str, method: str, path: str, body: str | None = None, *, seconds: float | None
) -> tuple[int, bytes]:
    """Send a request, and return the status and the whole body of the answer.

    The request is one of HTTP 1.0, whose answer ends when the connection closes:
    https://www.rfc-editor.org/rfc/rfc1945#section-7.2.2

    Args:
        place: The socket.
        method: The HTTP method.
        path: The path with its query.
        body: The request's body, which is JSON.
        seconds: How long nothing may come; None for no limit.

    Raises:
        OSError: There was no answer; a `TimeoutError` if it took too long.
        ValueError: What came is no answer in HTTP, or not a whole one.
        KeyboardInterrupt: The command is being interrupted, and the request only reads.
    """
    data = (body or "").encode()
    given = f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n" if body else ""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        connection.connect(place)
        connection.sendall(f"{method} {path} HTTP/1.0\r\nHost: docker\r\n{given}\r\n".encode() + data)
        connection.settimeout(_LOOK_SECONDS)
        answer = _received(connection, seconds, stops=method == "GET")
        return _parsed(answer, whole=method != "HEAD")


def _received(connection: socket.socket, seconds: float | None, *, stops: bool) -> bytes:
    """Return all that comes until the connection closes.

    Args:
        connection: The connection.
        seconds: How long nothing may come.
        stops: Whether Ctrl-C ends the wait. What the engine is about to change has to be known to be undone.
    """
    answer = bytearray()
    last = time.monotonic()
    while True:
        if stops:
            interruption.refuse_new()
        try:
            chunk = connection.recv(_CHUNK)
        except TimeoutError:
            if seconds is not None and time.monotonic() - last > seconds:
                raise
            continue
        if not chunk:
            return bytes(answer)
        answer += chunk
        last = time.monotonic()


def _parsed(answer: bytes, *, whole: bool) -> tuple[int, bytes]:
    """Return the status and the body of an answer.

    Args:
        answer: The answer.
        whole: Whether it has the body whose length it names.

    Raises:
        ValueError: It is no answer in HTTP, or not a whole one.
    """
    head, end, body = answer.partition(_END)
    first, *lines = head.split(b"\r\n")
    protocol, _, status = first.partition(b" ")
    if not (end and protocol.startswith(b"HTTP/") and status[:3].isdigit()):
        raise ValueError(f"answered {answer[:40]!r}")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    if b"transfer-encoding" in fields:
        return _decoded(answer)
    length = fields.get(b"content-length", b"")
    if whole and length.isdigit() and int(length) > len(body):
        raise ValueError(f"answered {len(body)} of {int(length)} bytes")
    return int(status[:3]), body


def _decoded(answer: bytes) -> tuple[int, bytes]:
    """Return the same of an answer in pieces, which is that of a newer HTTP than was asked for."""
    from http.client import HTTPException, HTTPResponse  # noqa: PLC0415 - what this module saves

    class Received:
        def makefile(self, _: str) -> BytesIO:
            return BytesIO(answer)

    try:
        response = HTTPResponse(Received())  # type: ignore[arg-type]  # it only makes a file of it
        response.begin()
        return response.status, response.read()
    except HTTPException as error:
        raise ValueError(f"answered {type(error).__name__} {error}") from error
