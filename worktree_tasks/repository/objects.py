"""Objects written as they are: bytes into blobs without filters, blobs into trees, trees into commits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .program import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["BATCH_BYTES", "quoted", "read_blobs", "write_blob", "write_blobs", "write_commit", "write_tree"]

_AUTHOR = "worktree-tasks <worktree-tasks@localhost>"
# So much is held in memory at once; what is larger, git copies into a file by itself.
BATCH_BYTES = 16 << 20


def quoted(path: str) -> str:
    """Quote a path as git does, so that a list of lines can hold any name."""
    return '"' + "".join(_escaped(byte) for byte in path.encode(errors="surrogateescape")) + '"'


def _escaped(byte: int) -> str:
    plain = 0x20 <= byte < 0x7F and byte not in b'"\\'  # noqa: PLR2004 - printable ASCII
    return chr(byte) if plain else f"\\{byte:03o}"


def write_blobs(checkout: Path, paths: Sequence[str], *, into: Path | None = None) -> tuple[str, ...]:
    """Write files of a checkout as blobs, byte for byte, and return the blobs' ids.

    Args:
        checkout: What the paths are relative to.
        paths: The files.
        into: The git directory that gets the blobs; the checkout's by default.

    Raises:
        CommandError: A file cannot be read.
    """
    if not paths:
        return ()
    lines = "".join(f"{quoted(path)}\n" for path in paths)
    argv = ("hash-object", "-w", "--no-filters", "--stdin-paths")
    extra = {"GIT_DIR": str(into), "GIT_WORK_TREE": str(checkout)} if into else {}
    return tuple(git(checkout, *argv, stdin=lines, extra=extra).out.split())


def write_blob(cwd: Path, text: str) -> str:
    """Write a text as a blob and return its id."""
    return git(cwd, "hash-object", "-w", "--no-filters", "--stdin", stdin=text).out.strip()


def write_tree(cwd: Path, entries: Iterable[tuple[str, str, str]]) -> str:
    """Write one tree and return its id.

    Args:
        cwd: The repository.
        entries: Each entry's name, type (`blob` or `tree`) and object id.
    """
    modes = {"blob": "100644", "tree": "040000"}
    lines = "".join(f"{modes[kind]} {kind} {oid}\t{name}\0" for name, kind, oid in entries)
    return git(cwd, "mktree", "-z", stdin=lines).out.strip()


def write_commit(cwd: Path, tree: str, parents: Iterable[str], message: str) -> str:
    """Write a commit under a name of ours, unsigned whatever the configuration says, and return its id."""
    lines = [
        f"tree {tree}",
        *(f"parent {parent}" for parent in parents),
        *(f"{role} {_AUTHOR} {int(time.time())} +0000" for role in ("author", "committer")),
    ]
    text = "\n".join(lines) + f"\n\n{message}\n"
    return git(cwd, "hash-object", "-t", "commit", "-w", "--stdin", stdin=text).out.strip()


def read_blobs(cwd: Path, sizes: Mapping[str, int]) -> Iterator[tuple[str, bytes]]:
    """Yield the bytes of blobs that fit into memory, in batches.

    Args:
        cwd: The repository.
        sizes: The blobs' ids and sizes.

    Raises:
        CommandError: git could not read them.
    """
    batch: list[str] = []
    held = 0
    for oid, size in sizes.items():
        if batch and held + size > BATCH_BYTES:
            yield from _read(cwd, batch)
            batch, held = [], 0
        batch.append(oid)
        held += size
    if batch:
        yield from _read(cwd, batch)


def _read(cwd: Path, oids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    lines = "".join(f"{oid}\n" for oid in oids)
    data = git(cwd, "cat-file", "--batch", stdin=lines).out.encode(errors="surrogateescape")
    place = 0
    for oid in oids:
        end = data.index(b"\n", place)
        size = int(data[place:end].split()[2])
        yield oid, data[end + 1 : end + 1 + size]
        place = end + 1 + size + 1
