"""Merge tags of Compose: https://docs.docker.com/reference/compose-file/merge/ (Compose 2.24.4 and later)."""

from __future__ import annotations

from typing import Any

from ...quick_dataclasses import dataclass

__all__ = ["Override", "Reset"]


@dataclass(frozen=True, slots=True)
class Override:
    """A value that replaces the one in the compose files instead of being merged with it."""

    value: Any


@dataclass(frozen=True, slots=True)
class Reset:
    """Removes the value in the compose files."""
