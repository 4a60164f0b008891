"""The line to another machine: a connection that OpenSSH keeps open in the background, outside our process.

It is found by its control socket, and shared by all commands with the same state directory. OpenSSH ends it
when the other machine no longer answers. See ControlMaster in https://man.openbsd.org/ssh_config, and -O in
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

    from ...configuration.hosts import Host
    from ...configuration.port_forwards import Forward

__all__ = ["Line"]

# A socket's path has at most 104 bytes on macOS, and OpenSSH appends 17 while it creates the socket.
_LONGEST = 80
# OpenSSH expands these in the path of a control socket.
_REPLACED = ("%", "${")
# A connection that is dead for 45 s ends; it survives a shorter interruption.
_ALIVE = ("-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3")
_CONNECT_SECONDS = 10
_LOCAL_SECONDS = 10.0
# The user's configuration of forwards, commands and X11 is meant for interactive connections; and errors are
# told from OpenSSH's words, which `LogLevel QUIET` would leave out.
_PLAIN = (
    *("-o", "ClearAllForwardings=yes", "-o", "RemoteCommand=none", "-o", "PermitLocalCommand=no"),
    *("-o", "ForwardX11=no", "-o", "LogLevel=ERROR"),
)
_MASTER = ("-N", "-f", "-T", "-o", "ControlMaster=yes", "-o", "ControlPersist=no")


class Line:
    """The line to a machine.

    Args:
        host: The machine.
        state: The state directory; the user's by default.
    """

    def __init__(self, host: Host, state: Path | None = None) -> None:
        self.host = host
        self._folder = _folder(state or state_directory())
        self._name = hashlib.sha256(host.ssh.encode()).hexdigest()[:16]
        self.socket = self._folder / self._name

    @property
    def options(self) -> tuple[str, ...]:
        """The options with which `ssh` uses the line if it is open, and connects by itself if it is not."""
        return (
            *("-S", str(self.socket), "-o", "ControlMaster=no", "-o", "BatchMode=yes"),
            *(*_limit(_CONNECT_SECONDS), *_ALIVE, *_PLAIN),
        )

    def is_open(self) -> bool:
        """Return whether OpenSSH holds the line, without checking that the other machine still answers."""
        with socket.socket(socket.AF_UNIX) as trial:
            # A killed OpenSSH leaves its socket behind, with nothing listening on it.
            return trial.connect_ex(str(self.socket)) == 0

    def answers(self) -> bool:
        """Return whether OpenSSH holds the line and would still take a session."""
        return self._control("check")

    def open(self, *, seconds: float | None = None) -> bool:
        """Open the line if it is not open.

        Args:
            seconds: How long the machine may take until it answers. The rest of a log-in takes several of its
                answers, so there is more time for that.

        Returns:
            Whether it was opened now; a new line has none of the forwards that it had before.

        Raises:
            WorktreeTasksError: The machine cannot be reached, or denies access.
        """
        if self.is_open():
            return False
        # A second connection would not have the socket, so nothing could end it.
        with hold(self._folder, self._name, what=f"the connection to {self.host.name}", keep=False):
            if self.is_open():
                return False
            # OpenSSH takes the first value of each option.
            begun = (*_MASTER, *_limit(seconds or _CONNECT_SECONDS))
            argv = ["ssh", *begun, *self.options, "--", self.host.ssh]
            done = run(argv, check=False, seconds=seconds and seconds + _CONNECT_SECONDS)
            if done.code:
                raise refused(self.host, done.err, options=self.options)
            return True

    def close(self) -> None:
        """Close the line with all its forwards, if it is open."""
        if self.is_open():
            self._control("exit")

    def forward(self, forwards: Iterable[Forward]) -> tuple[Forward, ...]:
        """Forward ports of 127.0.0.1 here to the same address there; existing forwards stay.

        Returns:
            The forwards that failed because something here has their local port.

        Raises:
            HostUnavailable: The line is no longer open.
        """
        wanted = tuple(forwards)
        if not wanted or self._control("forward", wanted):
            return ()
        missing = tuple(one for one in wanted if not self._control("forward", (one,)))
        if missing and not self.is_open():
            raise refused(self.host, "the connection was lost")
        return missing

    def cancel(self, forwards: Iterable[Forward]) -> None:
        """Cancel forwards; connections through them end too."""
        for one in forwards:
            self._control("cancel", (one,))

    def _control(self, command: str, forwards: Sequence[Forward] = ()) -> bool:
        """Send OpenSSH a control command for the line; return whether it succeeded."""
        pairs = [word for one in forwards for word in ("-L", f"127.0.0.1:{one.local}:127.0.0.1:{one.far}")]
        # Without the user's configuration, whose forwards would be requested too.
        argv = ["ssh", "-F", "none", "-S", str(self.socket), "-O", command, *pairs, "--", "line"]
        return run(argv, check=False, seconds=_LOCAL_SECONDS).code == 0


def _limit(seconds: float) -> tuple[str, str]:
    return "-o", f"ConnectTimeout={max(1, int(seconds))}"


def _folder(state: Path) -> Path:
    """Return the directory of control sockets: in our state, or elsewhere if that path is too long.

    Raises:
        Failure: The other directory exists and is not private to the user.
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
            f"{folder} is not private to you",
            "remove it, or set XDG_STATE_HOME to a shorter path",
            kind="file-error",
        )
    return folder
