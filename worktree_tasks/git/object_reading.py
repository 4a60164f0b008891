"""Read objects of a git directory as they are, and find out which it lacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Failure
from .program import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["BATCH_BYTES", "missing_objects", "read_blob", "read_objects"]

# How much is held in memory at once; git copies anything larger into a file itself.
BATCH_BYTES = 16 << 20


def missing_objects(store: Path, oids: Iterable[str]) -> frozenset[str]:
    """Return those of some objects that a git directory does not have."""
    lines = "".join(f"{oid}\n" for oid in oids)
    if not lines:
        return frozenset()
    checked = git(store, "cat-file", "--batch-check", stdin=lines, extra={"GIT_DIR": str(store)}).out
    return frozenset(
        line.partition(" ")[0] for line in checked.strip().split("\n") if line.endswith(" missing")
    )


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
