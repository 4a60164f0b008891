"""The JSON documents of `trash` and `clean`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .documents import document

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ...git import RestorePoint
    from ...orchestration.flows.clean import Cleaning
    from ...store import Database
    from . import document_types
    from .documents import Document

__all__ = ["RECORDED", "cleaning", "trash"]

# The keys that identify a worktree in our records.
RECORDED = frozenset({"key"})


def trash(
    points: Iterable[RestorePoint], now: float, databases: Mapping[str, Iterable[tuple[Database, int | None]]]
) -> Document:
    """Return the document of `trash`."""
    found: document_types.Trash = {"restore_points": []}
    for point in points:
        kept = databases.get(str(point.notes.get("key")), ())
        found["restore_points"].append({**_point(point, now), "databases": [_trashed(*one) for one in kept]})
    return document(found)


def _trashed(database: Database, size: int | None) -> document_types.TrashedDatabase:
    return {"service": database.service, "name": database.name, "mode": database.mode, "size": size}


def cleaning(found: Cleaning, now: float) -> Document:
    """Return the document of `clean`."""
    cleaned: document_types.Cleaned = {
        "worktrees": found.worktrees,
        "expired": [_point(one, now) for one in found.expired],
        "databases": [
            {"service": one.service, "name": one.name, "worktree": one.worktree} for one in found.databases
        ],
    }
    return document(cleaned, without=RECORDED)


def _point(point: RestorePoint, now: float) -> document_types.PointFacts:
    return {
        "name": point.name,
        "worktree": point.worktree,
        "branch": point.notes.get("branch"),
        "path": point.notes.get("path"),
        "created": point.created,
        "age": max(0.0, now - point.created),
        "files": point.files,
        "size": point.size,
        "operation": point.operation,
        "left_out": point.left_out,
    }
