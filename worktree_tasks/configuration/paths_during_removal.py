"""Where a worktree's directory is during its removal: next to its own place, under other names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["aside_path", "discarded_path", "home_path"]

_ASIDE = "removing"
_DISCARDED = "removed"


def aside_path(path: Path, key: str) -> Path:
    """Return where a worktree is checked for the last time before it is deleted.

    Args:
        path: Its directory, wherever that is at the moment.
        key: The key of its record.
    """
    return _beside(home_path(path, key), key, _ASIDE)


def discarded_path(path: Path, key: str) -> Path:
    """Return where a worktree's directory is deleted."""
    return _beside(home_path(path, key), key, _DISCARDED)


def home_path(path: Path, key: str) -> Path:
    """Return where a worktree's directory belongs: its current place, unless a removal moved it aside."""
    name = path.name.removeprefix(".").removesuffix(f".{key[:8]}.{_ASIDE}")
    home = path.with_name(name) if name else path
    return home if _beside(home, key, _ASIDE) == path else path


def _beside(home: Path, key: str, state: str) -> Path:
    return home.with_name(f".{home.name}.{key[:8]}.{state}")
