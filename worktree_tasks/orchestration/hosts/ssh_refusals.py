"""The errors for OpenSSH's failures to connect to another machine."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from ...command import run
from ...errors import HostUnavailable, WorktreeTasksError
from ...printable import lines_of, said_last

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...configuration.hosts import Host

__all__ = ["refused"]

_CHANGED = "REMOTE HOST IDENTIFICATION HAS CHANGED"
_UNKNOWN = "Host key verification failed"
_DENIED = ("Permission denied", "Too many authentication failures", "no such identity")
_SERVER_KEY = re.compile(r"Server host key: (\S+ \S+)")
_LOOK_SECONDS = 20.0


def refused(host: Host, stderr: str, *, options: Sequence[str] = ()) -> HostUnavailable:
    """Return the error for a failed `ssh`.

    Args:
        host: The machine.
        stderr: Its output on stderr.
        options: The options that it was called with.
    """
    details = tuple(line for line in lines_of(stderr) if line.strip())
    by_hand = f"ssh {shlex.quote(host.ssh)}"
    if _CHANGED in stderr:
        return HostUnavailable(
            f"the host key of {host.name} has changed",
            f"find out why it changed; {by_hand} shows the line of known_hosts with the old key",
            details,
            kind="host-key-changed",
        )
    if _UNKNOWN in stderr:
        key = _key(host, options)
        return HostUnavailable(
            f"the host key of {host.name} is not known{f': {key}' if key else ''}",
            f"compare it with the machine's own key, then accept it: {by_hand}",
            kind="host-key-unknown",
        )
    if any(one in stderr for one in _DENIED):
        return HostUnavailable(
            f"{host.name} denied access: {said_last(stderr, 'permission denied')}",
            f"{by_hand} has to work without prompting: load the key with ssh-add, or set IdentityFile",
            kind="host-denied",
        )
    return HostUnavailable(
        f"{host.name} cannot be reached: {said_last(stderr, 'ssh printed no error')}",
        f"{by_hand} shows what is wrong",
        details[:-1],
        kind="host-unreachable",
    )


def _key(host: Host, options: Sequence[str]) -> str:
    """Return the type and fingerprint of a machine's host key; empty if unknown."""
    argv = ["ssh", "-v", *options, "-o", "BatchMode=yes", "-T", "--", host.ssh, "true"]
    try:
        output = run(argv, check=False, seconds=_LOOK_SECONDS).err
    except WorktreeTasksError:
        return ""
    # The keys of jump hosts come first.
    return next(reversed(_SERVER_KEY.findall(output)), "")
