"""The line to another machine: OpenSSH's own connection in the background, which is no process of ours.

It is known by its control socket: whoever has the same state directory shares it. OpenSSH ends it when the
other machine does not answer any more. See ControlMaster in https://man.openbsd.org/ssh_config, and -O in
https://man.openbsd.org/ssh.
"""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ...command import run
from ...errors import Failure
from ...machine.locks import hold
from ...store import state_directory
from .ssh_refusals import refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...configuration.forwards import Forward
    from ...configuration.hosts import Host

__all__ = ["Line"]

# The address of a socket has 104 bytes on macOS, and OpenSSH appends 17 while it makes it.
_LONGEST = 80
# OpenSSH replaces these in the path of a control socket.
_REPLACED = ("%", "${")
# A line that is dead for 45 s ends; one that is cut for less goes on.
_ALIVE = ("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3")
_CONNECT_SECONDS = 10
_LOCAL_SECONDS = 10.0
# What the user's configuration does with a connection to the host is for people: forwards, commands, X11.
_PLAIN = (
    *("-o", "ClearAllForwardings=yes", "-o", "RemoteCommand=none", "-o", "PermitLocalCommand=no"),
    *("-o", "ForwardX11=no"),
)
_MASTER = ("-N", "-f", "-T", "-o", "ControlMaster=yes", "-o", "ControlPersist=no")


class Line:
    """The line to a machine.

    Args:
        host: The machine.
        state: Where our state is kept; the user's own by default.
    """

    def __init__(self, host: Host, state: Path | None = None) -> None:
        self.host = host
        self._folder = _folder(state or state_directory())
        self._name = hashlib.sha256(host.ssh.encode()).hexdigest()[:16]
        self.socket = self._folder / self._name

    @property
    def options(self) -> tuple[str, ...]:
        """What lets any call of `ssh` use the line while it is open, and connect by itself when it is not."""
        return (
            *("-S", str(self.socket), "-o", "ControlMaster=no", "-o", "BatchMode=yes"),
            *(*_limit(_CONNECT_SECONDS), *_ALIVE, *_PLAIN),
        )

    def is_open(self) -> bool:
        """Return whether OpenSSH holds the line; whether the other machine still answers is not asked."""
        with socket.socket(socket.AF_UNIX) as trial:
            # One that was killed leaves its socket behind, at which nobody listens.
            return trial.connect_ex(str(self.socket)) == 0

    def open(self, *, seconds: float | None = None) -> bool:
        """Open the line where it is not open.

        Args:
            seconds: How long that may take.

        Returns:
            Whether it was opened now, without any forward that it had before.

        Raises:
            WorktreeTasksError: The machine cannot be reached, or does not let us in.
        """
        if self.is_open():
            return False
        # A second one would not share the socket, and nobody could end it.
        with hold(self._folder, self._name, what=f"the connection to {self.host.name}", keep=False):
            if self.is_open():
                return False
            # What stands first counts.
            begun = (*_MASTER, *_limit(seconds or _CONNECT_SECONDS))
            argv = ["ssh", *begun, *self.options, "--", self.host.ssh]
            done = run(argv, check=False, seconds=seconds)
            if done.code:
                raise refused(self.host, done.err, options=self.options)
            return True

    def close(self) -> None:
        """End the line with all that goes over it, where it is open."""
        if self.is_open():
            self._control("exit")

    def forward(self, forwards: Iterable[Forward]) -> tuple[Forward, ...]:
        """Forward ports of 127.0.0.1 here to the same address there; those that are forwarded already stay.

        Returns:
            Those that could not be had, since something here has their local port.

        Raises:
            HostUnavailable: The line is not open any more.
        """
        wanted = tuple(forwards)
        if not wanted or self._control("forward", wanted):
            return ()
        missing = tuple(one for one in wanted if not self._control("forward", (one,)))
        if missing and not self.is_open():
            raise refused(self.host, "the connection was lost")
        return missing

    def cancel(self, forwards: Iterable[Forward]) -> None:
        """End forwards; connections that go through them end too."""
        for one in forwards:
            self._control("cancel", (one,))

    def _control(self, command: str, forwards: Sequence[Forward] = ()) -> bool:
        """Ask OpenSSH for something about the line; return whether it did it."""
        pairs = [word for one in forwards for word in ("-L", f"127.0.0.1:{one.local}:127.0.0.1:{one.far}")]
        # Nothing but the socket counts: with the user's configuration its forwards would be asked for too.
        argv = ["ssh", "-F", "none", "-S", str(self.socket), "-O", command, *pairs, "--", "line"]
        return run(argv, check=False, seconds=_LOCAL_SECONDS).code == 0


def _limit(seconds: float) -> tuple[str, str]:
    return "-o", f"ConnectTimeout={max(1, int(seconds))}"


def _folder(state: Path) -> Path:
    """Return where control sockets lie: with our state, or in a short path where that is too long for one.

    Raises:
        Failure: Somebody else has that place.
    """
    folder = state / "lines"
    text = str(folder)
    if len(os.fsencode(text)) + 17 <= _LONGEST and not any(one in text for one in _REPLACED):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder
    digest = hashlib.sha256(os.fsencode(text)).hexdigest()[:8]
    folder = Path(tempfile.gettempdir(), f"worktree-tasks-{os.getuid()}-{digest}")
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise Failure(
            f"{folder} is not a directory of yours alone",
            "remove it, or set XDG_STATE_HOME to a shorter path",
            kind="file-error",
        )
    return folder
