"""Read worktrees from the JSON documents of other machines. No I/O."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..quick_dataclasses import field_names
from .compose.role_changes import RoleChange
from .worktree_result import OwnDatabase, PublishedPort, ServiceState, Worktree, WorktreeChanges

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["worktree_of"]

Value = TypeVar("Value")
_PLAIN = frozenset(
    {"name", "branch", "slot", "url", "compose_project", "state", "phase", "database", "merged", "locked"}
)


def worktree_of(document: Mapping[str, Any], on: str) -> Worktree:
    """Return the worktree in a document; unknown keys of later versions are ignored.

    Args:
        document: The output of `new`, `start` or another task there, or an entry of `list`.
        on: The machine's name here.
    """
    changes, pending = document.get("changes"), document.get("pending")
    return Worktree(
        **{key: value for key, value in document.items() if key in _PLAIN},
        path=Path(document["path"]),
        services={name: _service(one) for name, one in document.get("services", {}).items()},
        changes=_value_from(WorktreeChanges, changes) if changes else None,
        pending=None if pending is None else tuple(_value_from(RoleChange, one) for one in pending),
        databases=tuple(_value_from(OwnDatabase, one) for one in document.get("databases", ())),
        on=on,
    )


def _service(document: Mapping[str, Any]) -> ServiceState:
    ports = tuple(_value_from(PublishedPort, one) for one in document.get("ports", ()))
    return _value_from(ServiceState, {**document, "ports": ports})


def _value_from(kind: Callable[..., Value], document: Mapping[str, Any]) -> Value:
    """Return a frozen value with the document's values for its fields."""
    return kind(**{key: document[key] for key in field_names(kind) if key in document})
