"""What we may write into a worktree, and what we wrote there, so that a person's edits of it can be told."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ... import git
from ...machine import files

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...store import Record
    from .tree import Tree

__all__ = ["not_ours", "note_written", "untouched"]


def not_ours(record: Record, names: Iterable[str]) -> dict[str, str]:
    """Return those of some files that we must not write in a worktree, each with what it is.

    A branch may track a file that main ignores, or have a symbolic link there or on the way.
    """
    inside = [name for name in names if not posixpath.isabs(name) and not name.startswith("../")]
    tracked = git.tracked(record.path, inside)
    found: dict[str, str] = {}
    for name in inside:
        link = files.link_on_the_way(record.path / name, record.path)
        if name in tracked:
            found[name] = f"{name} is tracked by git here"
        elif link:
            found[name] = f"{link.relative_to(record.path)} is a symbolic link"
    return found


def note_written(tree: Tree, paths: Iterable[str]) -> None:
    """Note files as they are now: written by us, and nobody's work."""
    plain = [path for path in paths if not (tree.record.path / path).is_symlink()]
    tree.project.store.note_written(
        tree.record, {path: git.digest(tree.record.path / path) for path in plain}
    )


def untouched(tree: Tree, path: str) -> bool:
    """Return whether a file is not there yet, or still as we wrote it."""
    file = tree.record.path / path
    return not file.is_file() or tree.project.store.written(tree.record).get(path) == git.digest(file)
