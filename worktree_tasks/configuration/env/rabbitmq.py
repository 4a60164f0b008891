"""Commands of RabbitMQ for the virtual host of a worktree, and parsing of their output.

Its commands: https://www.rabbitmq.com/docs/man/rabbitmqctl.8.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ...quick_dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "LIST_HOSTS",
    "READY",
    "VirtualHost",
    "add_host",
    "delete_host",
    "grant",
    "hosts_in",
    "list_permissions",
    "list_policies",
    "set_policies",
    "users_in",
]

_CTL = ("rabbitmqctl", "--quiet")
_OURS = "worktree-tasks "
READY = (*_CTL, "await_startup", "--timeout", "30")
LIST_HOSTS = (*_CTL, "list_vhosts", "name", "description", "--formatter", "json")


@dataclass(frozen=True, slots=True)
class VirtualHost:
    """A virtual host: its name, and the key of its worktree; empty if it is not ours."""

    name: str
    key: str = ""


def hosts_in(output: str) -> tuple[VirtualHost, ...]:
    """Return the virtual hosts in the output of `LIST_HOSTS`."""
    return tuple(
        VirtualHost(str(row.get("name")), text[len(_OURS) :] if text.startswith(_OURS) else "")
        for row in _rows(output)
        for text in (str(row.get("description") or ""),)
    )


def add_host(name: str, key: str) -> tuple[str, ...]:
    """Return the command that creates a virtual host, with its owner in the description."""
    return (*_CTL, "add_vhost", name, "--description", f"{_OURS}{key}")


def delete_host(name: str) -> tuple[str, ...]:
    """Return the command that deletes a virtual host with everything in it."""
    return (*_CTL, "delete_vhost", name)


def grant(name: str, user: str) -> tuple[str, ...]:
    """Return the command that gives a user all permissions in a virtual host."""
    return (*_CTL, "set_permissions", "--vhost", name, user, ".*", ".*", ".*")


def list_permissions(name: str) -> tuple[str, ...]:
    """Return the command that lists the permissions in a virtual host."""
    return (*_CTL, "list_permissions", "--vhost", name, "--formatter", "json")


def users_in(output: str) -> set[str]:
    """Return the users in the output of `list_permissions`."""
    return {str(row.get("user")) for row in _rows(output)}


def list_policies(name: str) -> tuple[str, ...]:
    """Return the command that lists the policies of a virtual host."""
    return (*_CTL, "list_policies", "--vhost", name, "--formatter", "json")


def set_policies(name: str, mains: str) -> Iterator[tuple[str, ...]]:
    """Yield the commands that give a virtual host main's policies, as `list_policies` listed them."""
    for row in _rows(mains):
        definition = row.get("definition")
        text = definition if isinstance(definition, str) else json.dumps(definition)
        yield (
            *_CTL, "set_policy", "--vhost", name, "--priority", str(row.get("priority", 0)),
            "--apply-to", str(row.get("apply-to", "all")), str(row.get("name")), str(row.get("pattern")),
            text,
        )  # fmt: skip


def _rows(output: str) -> list[dict[str, object]]:
    try:
        rows = json.loads(output or "[]")
    except ValueError:
        return []
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
