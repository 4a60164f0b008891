"""Write objects to a git directory as they are: blobs without filters, trees and commits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .pathspecs import quoted
from .program import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["write_blob", "write_blobs", "write_commit", "write_object", "write_tree"]

_AUTHOR = "worktree-tasks <worktree-tasks@localhost>"


def write_blobs(store: Path, root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Write files as blobs, byte for byte, and return the blobs' ids.

    Args:
        store: The git directory to write to.
        root: The directory that the paths are relative to.
        paths: The files.

    Raises:
        CommandError: A file cannot be read.
    """
    if not paths:
        return ()
    lines = "".join(f"{quoted(path)}\n" for path in paths)
    extra = {"GIT_DIR": str(store), "GIT_WORK_TREE": str(root)}
    argv = ("hash-object", "-w", "--no-filters", "--stdin-paths")
    return tuple(git(root, *argv, stdin=lines, extra=extra).out.split())


def write_blob(store: Path, text: str) -> str:
    """Write a text as a blob and return its id."""
    return write_object(store, "blob", text)


def write_object(store: Path, kind: str, text: str) -> str:
    """Write an object and return its id."""
    argv = ("hash-object", "-t", kind, "-w", "--no-filters", "--stdin")
    return _ask(store, *argv, stdin=text)


def write_tree(store: Path, entries: Iterable[tuple[str, str, str]]) -> str:
    """Write one tree and return its id.

    Args:
        store: The git directory.
        entries: Each entry's name, type (`blob` or `tree`) and object id.
    """
    modes = {"blob": "100644", "tree": "040000"}
    lines = "".join(f"{modes[kind]} {kind} {oid}\t{name}\0" for name, kind, oid in entries)
    return _ask(store, "mktree", "-z", "--missing", stdin=lines)


def write_commit(store: Path, tree: str, parents: Iterable[str], message: str) -> str:
    """Write a commit with our own author, unsigned whatever the configuration says, and return its id."""
    lines = [
        f"tree {tree}",
        *(f"parent {parent}" for parent in parents),
        *(f"{role} {_AUTHOR} {int(time.time())} +0000" for role in ("author", "committer")),
    ]
    return write_object(store, "commit", "\n".join(lines) + f"\n\n{message}\n")


def _ask(store: Path, *arguments: str, stdin: str) -> str:
    return git(store, *arguments, stdin=stdin, extra={"GIT_DIR": str(store)}).out.strip()
