"""Read and write objects of a git directory as they are: blobs without filters, trees and commits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ..errors import Failure
from .program import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = [
    "BATCH_BYTES",
    "missing_objects",
    "read_blob",
    "read_objects",
    "write_blob",
    "write_blobs",
    "write_commit",
    "write_object",
    "write_tree",
]

_AUTHOR = "worktree-tasks <worktree-tasks@localhost>"
# How much is held in memory at once; git copies anything larger into a file itself.
BATCH_BYTES = 16 << 20


def _quoted(path: str) -> str:
    """Quote a path as git does, so that a list of lines can hold any name."""
    return '"' + "".join(_escaped(byte) for byte in path.encode(errors="surrogateescape")) + '"'


def _escaped(byte: int) -> str:
    plain = 0x20 <= byte < 0x7F and byte not in b'"\\'  # noqa: PLR2004 - printable ASCII
    return chr(byte) if plain else f"\\{byte:03o}"


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
    lines = "".join(f"{_quoted(path)}\n" for path in paths)
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


def missing_objects(store: Path, oids: Iterable[str]) -> frozenset[str]:
    """Return those of some objects that a git directory does not have."""
    lines = "".join(f"{oid}\n" for oid in oids)
    checked = _ask(store, "cat-file", "--batch-check", stdin=lines).split("\n") if lines else []
    return frozenset(line.partition(" ")[0] for line in checked if line.endswith(" missing"))


def read_blob(store: Path, name: str) -> str:
    """Return the text of a blob that a revision or an id names."""
    return git(store, "cat-file", "blob", name, extra={"GIT_DIR": str(store)}).out


def read_objects(store: Path, sizes: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
    """Yield the bytes of objects, in batches that fit into memory.

    Args:
        store: The git directory.
        sizes: The objects' ids and sizes.

    Raises:
        CommandError: git could not read them.
        Failure: An object is missing.
    """
    batch: list[str] = []
    held = 0
    for oid, size in sizes.items():
        if batch and held + size > BATCH_BYTES:
            yield from _read(store, batch)
            batch, held = [], 0
        batch.append(oid)
        held += size
    if batch:
        yield from _read(store, batch)


def _read(store: Path, oids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    lines = "".join(f"{oid}\n" for oid in oids)
    done = git(store, "cat-file", "--batch", stdin=lines, extra={"GIT_DIR": str(store)})
    data = done.out.encode(errors="surrogateescape")
    place = 0
    for oid in oids:
        end = data.index(b"\n", place)
        words = data[place:end].split()
        if words[-1] == b"missing":
            raise Failure(
                f"{store} is missing object {oid}",
                "git fsck --full in there shows what else is missing",
                kind="vault-damaged",
            )
        size = int(words[2])
        yield oid, data[end + 1 : end + 1 + size]
        place = end + 1 + size + 1


def _ask(store: Path, *arguments: str, stdin: str) -> str:
    return git(store, *arguments, stdin=stdin, extra={"GIT_DIR": str(store)}).out.strip()
