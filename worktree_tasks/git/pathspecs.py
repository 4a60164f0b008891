"""Paths and patterns as git's pathspecs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["globs"]


def globs(paths: Iterable[str]) -> list[str]:
    """Return paths and glob patterns as git's pathspecs."""
    return [
        f":(glob){path}" if any(sign in path for sign in "*?[") else f":(literal){path}" for path in paths
    ]
