"""A Fabric connection to another machine, for its set-up: programs are asked there, and files put.

OpenSSH says where it leads, whatever its configuration has: Fabric reads a part of that only.
"""

from __future__ import annotations

import io
import shlex
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...command import run
from ...errors import Failure, HostUnavailable
from ...printable import lines_of, said_last

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...configuration.hosts import Host

__all__ = ["SetUp", "require_fabric", "set_up"]

_CONNECT_SECONDS = 10
_NONE = ("", "none")


class SetUp:
    """What is done on a machine while it is set up.

    Args:
        host: The machine.
        connection: Fabric's connection to it.
    """

    def __init__(self, host: Host, connection: Any) -> None:  # noqa: ANN401 - Fabric is an extra
        self.host = host
        self._connection = connection

    def ask(self, script: str, *arguments: str) -> tuple[int, str, str]:
        """Run a script there by `sh`; return its exit code and what it said on stdout and stderr."""
        argv = shlex.join(["sh", "-c", script, "sh", *arguments])
        done = self._connection.run(argv, hide=True, warn=True, in_stream=False, encoding="utf-8")
        return done.return_code, done.stdout, done.stderr

    def do(self, what: str, script: str, *arguments: str) -> str:
        """Run a script there, see it succeed, and return what it said.

        Args:
            what: What it does, for the error.
            script: The script.
            arguments: What it gets as `$1`, `$2`, …

        Raises:
            Failure: It failed.
        """
        code, out, err = self.ask(script, *arguments)
        if code:
            raise Failure(
                f"{self.host.name}: {what} failed: {said_last(err, f'exit code {code}')}",
                "put that right there, then run the same command again",
                lines_of(err)[:-1][-5:],
                kind="host-setup-failed",
            )
        return str(out)

    def put(self, data: bytes, path: str) -> None:
        """Write a file there.

        Raises:
            Failure: It cannot be written.
        """
        try:
            self._connection.put(io.BytesIO(data), path)
        except OSError as error:
            raise Failure(
                f"{self.host.name}: {path} cannot be written: {error.strerror or error}",
                "make room there, or check its permissions; then run the same command again",
                kind="host-setup-failed",
            ) from error


@contextmanager
def set_up(host: Host, options: Sequence[str]) -> Iterator[SetUp]:
    """Connect to a machine for its set-up.

    Args:
        host: The machine, to which OpenSSH has a line: it checked the machine's key, and ours.
        options: Those of `ssh` for that line.

    Raises:
        Failure: Fabric is not installed.
        HostUnavailable: Fabric cannot log in there.
    """
    require_fabric()
    import fabric  # noqa: PLC0415 - an extra
    import paramiko  # noqa: PLC0415 - comes with it

    told = _told_by_openssh(host, options)
    one = {key: values[0] for key, values in told.items()}
    connection = fabric.Connection(
        one["hostname"],
        user=one["user"],
        port=int(one["port"]),
        config=fabric.Config(overrides={"load_ssh_configs": False}),
        gateway=_gateway(one),
        connect_timeout=_CONNECT_SECONDS,
        connect_kwargs={"key_filename": _existing(told.get("identityfile", ()))},
    )
    connection.client.set_missing_host_key_policy(paramiko.RejectPolicy())
    for name in (*one.get("userknownhostsfile", "").split(), *one.get("globalknownhostsfile", "").split()):
        with suppress(OSError):
            connection.client.load_system_host_keys(str(Path(name).expanduser()))
    try:
        with connection:
            connection.open()
            yield SetUp(host, connection)
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise HostUnavailable(
            f"{host.name}: Fabric's connection failed: {error}",
            "its key has to be in a file or in ssh-agent; then run the same command again",
            kind="host-denied" if isinstance(error, paramiko.AuthenticationException) else "host-unreachable",
        ) from error


def require_fabric() -> None:
    """Make sure that Fabric is installed.

    Raises:
        Failure: It is not.
    """
    if find_spec("fabric") is None:
        raise Failure(
            "another machine is set up by Fabric, which is not installed here",
            "pip install 'worktree-tasks[remote]'",
            kind="fabric-missing",
        )


def _told_by_openssh(host: Host, options: Sequence[str]) -> dict[str, list[str]]:
    """Return OpenSSH's configuration for a machine: the values of each keyword, in lower case."""
    found: dict[str, list[str]] = {}
    for line in lines_of(run(["ssh", "-G", *options, "--", host.ssh]).out):
        key, _, value = line.partition(" ")
        found.setdefault(key, []).append(value)
    return found


def _gateway(told: dict[str, str]) -> str | None:
    jump, command = told.get("proxyjump", ""), told.get("proxycommand", "")
    if jump not in _NONE:
        *before, last = jump.split(",")
        on_the_way = ["-J", ",".join(before)] if before else []
        return shlex.join(["ssh", "-o", "BatchMode=yes", *on_the_way, "-W", "[%h]:%p", "--", last])
    return None if command in _NONE else command


def _existing(names: Sequence[str]) -> list[str]:
    return [str(path) for name in names if (path := Path(name).expanduser()).is_file()]
