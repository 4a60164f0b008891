"""What we wrote into a worktree, so that a person's edits of it can be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import repository as git

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..store import Record
    from .site import Site

__all__ = ["note_written", "untouched"]


def note_written(site: Site, record: Record, paths: Iterable[str]) -> None:
    """Note files as they are now: written by us, and nobody's work."""
    plain = [path for path in paths if not (record.path / path).is_symlink()]
    site.store.note_written(record, {path: git.digest(record.path / path) for path in plain})


def untouched(site: Site, record: Record, path: str) -> bool:
    """Return whether a file is not there yet, or still as we wrote it."""
    file = record.path / path
    return not file.is_file() or site.store.written(record).get(path) == git.digest(file)
