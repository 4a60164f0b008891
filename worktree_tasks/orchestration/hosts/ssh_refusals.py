"""Why OpenSSH did not get through to another machine."""

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


def refused(host: Host, said: str, *, options: Sequence[str] = ()) -> HostUnavailable:
    """Return the error for what `ssh` said before it gave up.

    Args:
        host: The machine.
        said: What it said on stderr.
        options: Those that it was called with.
    """
    details = tuple(line for line in lines_of(said) if line.strip())
    by_hand = f"ssh {shlex.quote(host.ssh)}"
    if _CHANGED in said:
        return HostUnavailable(
            f"{host.name} has another host key than the one that is known",
            f"find out why; {by_hand} shows which line of known_hosts names the old one",
            details,
            kind="host-key-changed",
        )
    if _UNKNOWN in said:
        key = _key(host, options)
        return HostUnavailable(
            f"the host key of {host.name} is not known{f': {key}' if key else ''}",
            f"compare it with the machine's own, then accept it: {by_hand}",
            kind="host-key-unknown",
        )
    if any(one in said for one in _DENIED):
        return HostUnavailable(
            f"{host.name} does not let us in: {said_last(said, 'permission denied')}",
            f"{by_hand} has to work without a question: load its key with ssh-add, or set IdentityFile",
            kind="host-denied",
        )
    return HostUnavailable(
        f"{host.name} cannot be reached: {said_last(said, 'ssh said nothing')}",
        f"{by_hand} shows what is wrong",
        details[:-1],
        kind="host-unreachable",
    )


def _key(host: Host, options: Sequence[str]) -> str:
    """Return the kind and the fingerprint of the key that a machine shows; empty where that is not told."""
    argv = ["ssh", "-v", *options, "-o", "BatchMode=yes", "-T", "--", host.ssh, "true"]
    try:
        said = run(argv, check=False, seconds=_LOOK_SECONDS).err
    except WorktreeTasksError:
        return ""
    # That of a machine on the way comes first.
    return next(reversed(_SERVER_KEY.findall(said)), "")
