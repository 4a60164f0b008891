"""Whether a port of this machine is bound."""

from __future__ import annotations

import errno
import socket

__all__ = ["bound"]


def bound(port: int, protocol: str, address: str) -> bool:
    """Return whether a program has bound a port of this machine.

    Args:
        port: The port.
        protocol: `tcp` or `udp`.
        address: The address that we would bind it to.
    """
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    for candidate in {address, "0.0.0.0", "127.0.0.1"}:  # noqa: S104 - bound for an instant, to ask
        with socket.socket(socket.AF_INET6 if ":" in candidate else socket.AF_INET, kind) as trial:
            # Without this, connections that ended a minute ago would count as a bound port.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((candidate, port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    return True
    return False
