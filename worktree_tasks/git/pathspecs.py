"""Paths and patterns as git takes them: in arguments, and in lines on stdin."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["globs", "quoted"]


def globs(paths: Iterable[str]) -> list[str]:
    """Return paths and glob patterns as git's pathspecs."""
    return [
        f":(glob){path}" if any(sign in path for sign in "*?[") else f":(literal){path}" for path in paths
    ]


def quoted(path: str) -> str:
    """Return a path quoted as git quotes it, so that a list of lines can hold any name."""
    return '"' + "".join(_escaped(byte) for byte in path.encode(errors="surrogateescape")) + '"'


def _escaped(byte: int) -> str:
    plain = 0x20 <= byte < 0x7F and byte not in b'"\\'  # noqa: PLR2004 - printable ASCII
    return chr(byte) if plain else f"\\{byte:03o}"
