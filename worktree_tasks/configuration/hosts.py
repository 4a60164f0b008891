"""Other machines: their names, how to connect, and commands to run there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..errors import BadUse
from ..quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Host", "find_host", "read_hosts", "remote_name", "ssh_argv", "with_on"]

_FIELDS = ("ssh", "path", "python")
# What OpenSSH accepts as a destination: a host in its configuration, an address, or a URI with a port.
_DESTINATION = re.compile(r"(?!-)(?:ssh://)?[^\s/'\"`$;&|<>\\-][^\s/'\"`$;&|<>\\]*/?")
_NOT_IN_REMOTES = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Host:
    """A machine that worktrees run on.

    Attributes:
        name: Its name here: an entry in the setting `hosts`, or a destination for OpenSSH.
        ssh: The destination for OpenSSH: `[USER@]HOST` or `ssh://[USER@]HOST[:PORT]`.
        path: The project's main checkout there; None for our default place.
        python: The Python interpreter there.
    """

    name: str
    ssh: str
    path: str | None = None
    python: str = "python3"


def find_host(name: str, described: Mapping[str, Host]) -> Host:
    """Return the machine with a name; OpenSSH has to know one that is not described.

    Raises:
        BadUse: The name is invalid, such as one with a leading dash, which `ssh` would read as an option.
    """
    found = described.get(name) or Host(name, name)
    for text in (found.name, found.ssh):
        if not _DESTINATION.fullmatch(text):
            raise BadUse(
                f"host {text!r} cannot be used",
                "write [USER@]HOST as for ssh, or a name in the setting hosts",
                kind="bad-host",
            )
    return found


def ssh_argv(host: Host, command: str, *, options: Sequence[str], terminal: bool = False) -> list[str]:
    """Return the `ssh` command line that runs a command there.

    Args:
        host: The machine.
        command: The command for its shell; empty for a login shell.
        options: Further options of `ssh`.
        terminal: Whether to allocate a terminal.
    """
    tty = ("-t",) if terminal else ("-T",)
    return ["ssh", *options, *tty, "--", host.ssh, *([command] if command else [])]


def remote_name(host: Host) -> str:
    """Return the name of the git remote for a host."""
    return f"wt-{_NOT_IN_REMOTES.sub('-', host.name).strip('.-')}"


def with_on(values: Mapping[Any, Any]) -> dict[str, Any]:
    """Return settings from a YAML file with the key `on` restored, which YAML 1.1 reads as true.

    See https://yaml.org/type/bool.html.
    """
    return {"on" if key is True else key: value for key, value in values.items()}


def read_hosts(values: Mapping[str, object], bad: Callable[[str, object, str], BadUse]) -> dict[str, Host]:
    """Return the machines in the setting `hosts`, by name.

    Args:
        values: The setting: a destination, or `ssh`, `path` and `python`, by name.
        bad: Returns the error for the value of a key, with a hint.
    """
    found = {}
    for name, given in values.items():
        fields: Any = {"ssh": given} if isinstance(given, str) else given
        if not hasattr(fields, "items") or not all(isinstance(one, str) for one in fields.values()):
            hint = "write it as {ssh: me@10.0.0.5, path: ~/code/shop, python: python3}"
            raise bad(f"hosts.{name}", given, hint)
        if unknown := set(fields) - set(_FIELDS):
            hint = f"the keys are {', '.join(_FIELDS)}"
            raise bad(f"hosts.{name}.{min(unknown)}", fields[min(unknown)], hint)
        found[str(name)] = Host(str(name), **{"ssh": str(name), **fields})
    return found
