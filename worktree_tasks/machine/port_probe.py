"""What is behind a published port of this machine, judged by how it handles a connection.

Docker's proxy accepts a connection before anything listens behind it, and closes it at once if nothing does.
So a connection alone proves nothing; if it is still open after a while, something is listening. On a busy
machine the proxy may receive a request before it closes, so an unanswered request proves nothing either.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from typing import TYPE_CHECKING

from ..configuration.port_answers import PortAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ask", "reachable"]

_REQUEST = "GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: worktree-tasks\r\nConnection: close\r\n\r\n"
_STATUS = re.compile(rb"HTTP/[0-9.]+ (?P<code>[0-9]{3})")
_BAD_REQUEST = b"400"
_CONNECT_SECONDS = 2.0
# The proxy usually closes a connection that has no listener in less than a millisecond.
_LISTENING_SECONDS = 0.02
# On a busy machine it may take much longer.
_CERTAIN_SECONDS = 0.3
# A server that keeps a connection open this long without sending anything does not speak HTTP.
_SILENT_SECONDS = 10.0


def reachable(address: str) -> str:
    """Return the address at which this machine reaches a port bound to another address."""
    given = ipaddress.ip_address(address)
    if not given.is_unspecified:
        return address
    return "127.0.0.1" if given.version == 4 else "::1"  # noqa: PLR2004 - as it is written


def ask(
    port: int,
    *,
    address: str = "127.0.0.1",
    host: str = "localhost",
    web: bool = True,
    seconds: float = _SILENT_SECONDS,
) -> PortAnswer:
    """Return what is behind a published port.

    Args:
        port: The port.
        address: The address to connect to.
        host: The host name to send in a request.
        web: Whether to send a request if the server does not speak first.
        seconds: How long to wait for the first byte of an answer.
    """
    try:
        with socket.create_connection((address, port), timeout=_CONNECT_SECONDS) as connection:
            greeting = _first_bytes(connection, _LISTENING_SECONDS if web else _CERTAIN_SECONDS)
            if greeting is not None:
                return _answer_kind(greeting) if greeting else PortAnswer.NOBODY
            if not web:
                return PortAnswer.OTHER
            plain = _requested(connection, f"{host}:{port}", seconds)
    except OSError:
        return PortAnswer.NOBODY
    if plain in (PortAnswer.BAD_REQUEST, PortAnswer.HANGS_UP):
        plain = _secure(port, address, host, seconds) or plain
    if plain is PortAnswer.HANGS_UP and not _stays_open(port, address):
        return PortAnswer.NOBODY
    return plain


def _stays_open(port: int, address: str) -> bool:
    """Return whether a connection on which nothing is sent is kept open, as only a listener does."""
    try:
        with socket.create_connection((address, port), timeout=_CONNECT_SECONDS) as connection:
            return _first_bytes(connection, _CERTAIN_SECONDS) != b""
    except OSError:
        return False


def _requested(connection: socket.socket, host: str, seconds: float) -> PortAnswer:
    """Send a request and return what kind of server answers it."""
    try:
        connection.settimeout(seconds)
        connection.sendall(_REQUEST.format(host=host).encode())
        data = _first_bytes(connection, seconds)
    except OSError:
        return PortAnswer.HANGS_UP
    if data is None:
        return PortAnswer.OTHER
    return _answer_kind(data) if data else PortAnswer.HANGS_UP


def _secure(port: int, address: str, host: str, seconds: float) -> PortAnswer | None:
    """Ask again over TLS; None if the server does not speak it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    # Development servers have self-signed certificates; they are sent no secrets.
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((address, port), timeout=_CONNECT_SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=host) as secured,
        ):
            answer = _requested(secured, f"{host}:{port}", seconds)
    except (OSError, ValueError):
        return None
    return PortAnswer.HTTPS if answer in (PortAnswer.HTTP, PortAnswer.BAD_REQUEST) else PortAnswer.OTHER


def _first_bytes(connection: socket.socket, seconds: float) -> bytes | None:
    """Return what a server sends first; None if it sends nothing, empty if it closes the connection."""
    connection.settimeout(seconds)
    data = b""
    try:
        for part in _parts(connection):
            data += part
            if len(data) >= len(b"HTTP/1.1 200"):
                break
    except TimeoutError:
        return data or None
    except ConnectionError:
        return data
    return data


def _parts(connection: socket.socket) -> Iterator[bytes]:
    while part := connection.recv(1024):
        yield part


def _answer_kind(data: bytes) -> PortAnswer:
    match = _STATUS.match(data)
    if match is None:
        return PortAnswer.OTHER
    return PortAnswer.BAD_REQUEST if match["code"] == _BAD_REQUEST else PortAnswer.HTTP
