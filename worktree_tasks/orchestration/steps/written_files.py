"""Which files we may write in a worktree, and which we wrote there, to recognize the user's edits."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ... import git
from ...machine import files

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...store import Record
    from .worktree_handle import Tree

__all__ = ["hide_listed", "not_ours", "note_written", "untouched"]


def not_ours(record: Record, names: Iterable[str]) -> dict[str, str]:
    """Return the files that we must not write in a worktree, each with the reason.

    A branch may track a file that main ignores, or have a symbolic link there or on the path to it.
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


def hide_listed(tree: Tree, names: Sequence[str]) -> None:
    """Make git ignore copies of main's files that it lists, as a branch may have another .gitignore."""
    for name in git.listed(tree.record.path, names) if names else ():
        git.exclude(tree.project.repository, f"/{name}")


def note_written(tree: Tree, paths: Iterable[str]) -> None:
    """Record files in their current state as written by us, not as the user's work."""
    plain = [path for path in paths if not (tree.record.path / path).is_symlink()]
    tree.project.store.note_written(
        tree.record, {path: git.digest(tree.record.path / path) for path in plain}
    )


def untouched(tree: Tree, path: str) -> bool:
    """Return whether a file does not exist yet, or is still as we wrote it."""
    file = tree.record.path / path
    return not file.is_file() or tree.project.store.written(tree.record).get(path) == git.digest(file)
