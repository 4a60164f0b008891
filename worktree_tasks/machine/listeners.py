"""Which programs of this machine listen on a port, as far as the system lets this user see."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..printable import lines_of
from .processes import Process, lsof, open_files, program_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_engines", "listening", "listening_ports"]

_PROC = Path("/proc")
_LISTEN = "0A"
_SECONDS = 5.0
# The programs by which engines publish their containers' ports.
_OF_ENGINES = ("docker", "com.docke", "rootlesskit", "slirp4netns", "pasta", "vpnkit", "limactl", "OrbStack")


def is_engines(process: Process) -> bool:
    """Return whether a process only passes on what an engine's containers publish."""
    return process.name.startswith(_OF_ENGINES)


def listening(port: int, protocol: str) -> tuple[Process, ...]:
    """Return the processes that have a port; those of other users are not visible.

    Args:
        port: The port.
        protocol: `tcp` or `udp`.
    """
    if not sys.platform.startswith("linux"):
        return _listed(port, protocol)
    wanted = {
        f"socket:[{inode}]"
        for number, state, inode in _sockets(protocol)
        if number == port and (protocol == "udp" or state == _LISTEN)
    }
    entries = [entry for entry in _PROC.iterdir() if entry.name.isdigit()] if wanted else []
    found = [
        Process(int(entry.name), program_of(entry))
        for entry in entries
        if any(what in wanted for _, what in open_files(entry))
    ]
    return tuple(sorted(found, key=lambda one: one.pid))


def listening_ports() -> frozenset[int]:
    """Return the TCP ports of this machine that any program listens on, as far as is visible."""
    if not sys.platform.startswith("linux"):
        rows = lsof("-nP", "-iTCP", "-sTCP:LISTEN", "-F", "n", seconds=_SECONDS)
        found = (row.rpartition(":")[2] for row in rows if row.startswith("n"))
        return frozenset(int(port) for port in found if port.isdecimal())
    return frozenset(port for port, state, _ in _sockets("tcp") if state == _LISTEN)


def _sockets(protocol: str) -> Iterator[tuple[int, str, str]]:
    """Yield the port, the state and the number of each socket in the kernel's tables."""
    for name in (protocol, f"{protocol}6"):
        table = _PROC / "net" / name
        rows = lines_of(table.read_text(encoding="ascii"))[1:] if table.is_file() else []
        for row in map(str.split, rows):
            yield int(row[1].rpartition(":")[2], 16), row[3], row[9]


def _listed(port: int, protocol: str) -> tuple[Process, ...]:
    state = ("-sTCP:LISTEN",) if protocol == "tcp" else ()
    rows = lsof("-nP", f"-i{protocol.upper()}:{port}", *state, "-F", "pc", seconds=_SECONDS)
    pids = [int(row[1:]) for row in rows if row.startswith("p")]
    names = [row[1:] for row in rows if row.startswith("c")]
    return tuple(map(Process, pids, names))
