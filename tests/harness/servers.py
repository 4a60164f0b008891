"""Servers on ports of their own of the loopback interface, each of which does one thing with a connection."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, contextmanager, suppress

__all__ = ["free_port", "hold_until_left", "listening"]


@contextmanager
def listening(serve, address: str = "127.0.0.1"):
    """A server on a port of its own that does something with each connection."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with closing(socket.create_server((address, 0), family=family)) as server:

        def loop() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                # A client that has seen enough may reset the connection.
                with connection, suppress(OSError):
                    serve(connection)

        thread = threading.Thread(target=loop, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def hold_until_left(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass
