"""The database engines by kind of service; each is loaded when it is used."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .database_engine import DataEngine

__all__ = ["KINDS", "load"]

# Relative module names, because a vendored copy of the package has another name.
_ENGINES = {"mysql": ".mysql:MySQL", "postgres": ".postgres:Postgres"}
KINDS = frozenset(_ENGINES)


def load(kind: str) -> DataEngine | None:
    """Return the engine for a kind of service; None if there is none."""
    return _loaded(*_ENGINES[kind].split(":")) if kind in _ENGINES else None


@cache
def _loaded(module: str, attribute: str) -> DataEngine:
    made: DataEngine = getattr(import_module(module, __package__), attribute)()
    return made
