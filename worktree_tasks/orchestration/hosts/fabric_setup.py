"""A Fabric connection to another machine for its set-up: it runs scripts and copies files.

Where to connect comes from OpenSSH, because Fabric reads only a part of OpenSSH's configuration.
"""

from __future__ import annotations

import io
import logging
import shlex
import socket
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
_ALIVE_SECONDS = 15
_NONE = ("", "none")


class SetUp:
    """Runs scripts and writes files on a machine while it is set up.

    Args:
        host: The machine.
        connection: Fabric's connection to it.
    """

    def __init__(self, host: Host, connection: Any) -> None:  # noqa: ANN401 - Fabric is an extra
        self.host = host
        self._connection = connection

    def ask(self, script: str, *arguments: str) -> tuple[int, str, str]:
        """Run a script there with `sh`; return its exit code, stdout and stderr.

        Raises:
            EOFError: The connection was lost.
        """
        argv = shlex.join(["sh", "-c", script, "sh", *arguments])
        result = self._connection.run(argv, hide=True, warn=True, in_stream=False, encoding="utf-8")
        if not self._connection.is_connected:
            # Fabric takes this for an exit code of the script.
            raise EOFError
        return result.return_code, result.stdout, result.stderr

    def do(self, what: str, script: str, *arguments: str) -> str:
        """Run a script there and return its stdout.

        Args:
            what: What it does, for the error.
            script: The script.
            arguments: Its arguments `$1`, `$2`, …

        Raises:
            Failure: It failed.
        """
        code, out, err = self.ask(script, *arguments)
        if code:
            raise Failure(
                f"{self.host.name}: {what} failed: {said_last(err, f'exit code {code}')}",
                "fix that on the machine, then run the same command again",
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
                "check the free space and the permissions there, then run the same command again",
                kind="host-setup-failed",
            ) from error


@contextmanager
def set_up(host: Host, options: Sequence[str]) -> Iterator[SetUp]:
    """Connect to a machine for its set-up.

    Args:
        host: The machine, to which OpenSSH already has a connection, with both sides' keys checked.
        options: The options of `ssh` for that connection.

    Raises:
        Failure: Fabric is not installed.
        HostUnavailable: Fabric cannot log in there.
    """
    require_fabric()
    import fabric  # noqa: PLC0415 - an extra
    import paramiko  # noqa: PLC0415 - comes with it

    settings = _openssh_settings(host, options)
    first = {key: values[0] for key, values in settings.items()}
    connection = fabric.Connection(
        first["hostname"],
        user=first["user"],
        port=int(first["port"]),
        config=fabric.Config(overrides={"load_ssh_configs": False}),
        gateway=_gateway(first),
        connect_timeout=_CONNECT_SECONDS,
        connect_kwargs={"key_filename": _existing(settings.get("identityfile", ()))},
    )
    connection.client.set_missing_host_key_policy(paramiko.RejectPolicy())
    name = first["hostname"] if first["port"] == "22" else f"[{first['hostname']}]:{first['port']}"
    known = _known_hosts(first).lookup(first.get("hostkeyalias") or name) or {}
    for kind, key in known.items():
        connection.client.get_host_keys().add(name, kind, key)
    # What Paramiko logs is in its errors; without a handler, it would be on stderr.
    logging.getLogger("paramiko").addHandler(logging.NullHandler())
    try:
        with connection:
            connection.open()
            _end_with_machine(connection.transport)
            yield SetUp(host, connection)
    except paramiko.AuthenticationException as error:
        raise HostUnavailable(
            f"{host.name}: Fabric's connection failed: {error}",
            "put the key in a file or in ssh-agent, then run the same command again",
            kind="host-denied",
        ) from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise HostUnavailable(
            f"{host.name}: Fabric's connection failed: {str(error) or 'it was lost'}",
            f"ssh {shlex.quote(host.ssh)} shows whether the machine answers; then run the same command again",
            kind="host-unreachable",
        ) from error


def _end_with_machine(transport: Any) -> None:  # noqa: ANN401 - Paramiko comes with an extra
    """Have a connection end when the machine no longer answers, as OpenSSH's does."""
    transport.set_keepalive(_ALIVE_SECONDS)
    # A proxy command has no socket, and macOS no such option.
    if isinstance(transport.sock, socket.socket) and hasattr(socket, "TCP_USER_TIMEOUT"):
        transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 3 * _ALIVE_SECONDS * 1000)


def require_fabric() -> None:
    """Make sure that Fabric is installed.

    Raises:
        Failure: It is not.
    """
    if find_spec("fabric") is None:
        raise Failure(
            "setting up another machine needs Fabric, which is not installed here",
            "pip install 'worktree-tasks[remote]'",
            kind="fabric-missing",
        )


def _openssh_settings(host: Host, options: Sequence[str]) -> dict[str, list[str]]:
    """Return OpenSSH's configuration for a machine: the values of each keyword, which is in lower case."""
    found: dict[str, list[str]] = {}
    for line in lines_of(run(["ssh", "-G", *options, "--", host.ssh]).out):
        key, _, value = line.partition(" ")
        found.setdefault(key, []).append(value)
    return found


def _known_hosts(settings: dict[str, str]) -> Any:  # noqa: ANN401 - Paramiko comes with an extra
    from paramiko import HostKeys  # noqa: PLC0415 - the same

    known = HostKeys()
    for text in (settings.get("userknownhostsfile", ""), settings.get("globalknownhostsfile", "")):
        # Names are listed without quotes, whether or not one has a space.
        for name in dict.fromkeys((text, *text.split())):
            with suppress(OSError):
                known.load(str(Path(name).expanduser()))
    return known


def _gateway(settings: dict[str, str]) -> str | None:
    jump, command = settings.get("proxyjump", ""), settings.get("proxycommand", "")
    if jump not in _NONE:
        *before, last = jump.split(",")
        on_the_way = ["-J", ",".join(before)] if before else []
        return shlex.join(["ssh", "-o", "BatchMode=yes", *on_the_way, "-W", "[%h]:%p", "--", last])
    return None if command in _NONE else command


def _existing(names: Sequence[str]) -> list[str]:
    return [str(path) for name in names if (path := Path(name).expanduser()).is_file()]
