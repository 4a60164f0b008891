"""Hard links to the objects of one repository in another: fast, and without using disk space."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from ..alternates import object_directories
from ..object_reading import missing_objects, read_objects
from ..program import alone, git

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from ..repository import Repository

__all__ = ["is_partial", "link_objects", "packs", "shallow_commits"]

_FOLDER = re.compile(r"[0-9a-f]{2}")
_LOOSE = re.compile(r"[0-9a-f]{38}(?:[0-9a-f]{24})?")
# The index comes last: git uses a pack as soon as its index exists.
_PACK_PARTS = (".promisor", ".rev", ".pack", ".idx")
_PROMISOR = "remote.worktree-tasks.promisor"


def link_objects(repo: Repository, store: Path) -> None:
    """Link every object of a repository into another one, with the notes on missing objects.

    Args:
        repo: The repository.
        store: The git directory of the other one.

    Raises:
        OSError: An object can be neither linked nor copied.
        CommandError: git cannot write there.
    """
    target = store / "objects"
    borrowed = []
    for number, source in enumerate(object_directories(repo.common_dir / "objects")):
        # Borrowed objects may not be linkable, and need not be copied.
        if not _link_all(source, target, copy=number == 0):
            borrowed.append(str(source))
    if borrowed:
        _write(target / "info" / "alternates", borrowed)
    if is_partial(store):
        _note_promisor(store)
    _note_shallow(repo, store)


def packs(objects: Path) -> dict[str, int]:
    """Return the packs of an object directory: their names without endings, and their sizes in bytes."""
    found = {}
    for one in _entries(objects / "pack"):
        if one.name.endswith(".idx"):
            with suppress(FileNotFoundError):
                name = one.name.removesuffix(".idx")
                found[name] = (objects / "pack" / f"{name}.pack").stat().st_size
    return found


def is_partial(store: Path) -> bool:
    """Return whether a repository may lack objects that a remote has promised."""
    return any((store / "objects" / "pack").glob("*.promisor"))


def shallow_commits(store: Path) -> frozenset[str]:
    """Return the shallow commits of a git directory, whose parents are missing."""
    with suppress(FileNotFoundError):
        return frozenset((store / "shallow").read_text(encoding="ascii").split())
    return frozenset()


def _link_all(source: Path, target: Path, *, copy: bool) -> bool:
    """Link the objects of a directory; return False if that fails and they should not be copied."""
    while True:
        before = packs(source)
        for folder, names in _loose(source):
            there = {one.name for one in _entries(target / folder)}
            missing = [name for name in names if name not in there]
            if missing:
                (target / folder).mkdir(exist_ok=True)
            if not all(_link(source / folder / name, target / folder / name, copy=copy) for name in missing):
                return False
        for name in before:
            parts = (f"pack/{name}{part}" for part in _PACK_PARTS)
            if not all(_link(source / part, target / part, copy=copy) for part in parts):
                return False
        # A repack in between may have moved objects to where we had already looked.
        if packs(source) == before:
            return True


def _loose(objects: Path) -> Iterator[tuple[str, list[str]]]:
    for folder in _entries(objects):
        if _FOLDER.fullmatch(folder.name):
            yield (
                folder.name,
                [one.name for one in _entries(objects / folder.name) if _LOOSE.fullmatch(one.name)],
            )


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        return list(entries)
    return []


def _link(source: Path, target: Path, *, copy: bool) -> bool:
    """Link a file, or copy it if that fails; a file that is gone meanwhile is no error."""
    try:
        os.link(source, target)
    except (FileExistsError, FileNotFoundError):
        pass
    except OSError:
        if not copy:
            return False
        beside = target.with_name(f"tmp_{os.getpid()}_{target.name}")
        try:
            with suppress(FileNotFoundError):
                shutil.copy(source, beside)
                beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    return True


def _note_promisor(store: Path) -> None:
    # Two removals may do it at once, and git does not wait for the lock of its configuration.
    with alone(store):
        place = {"GIT_DIR": str(store)}
        if git(store, "config", "--get", _PROMISOR, check=False, extra=place).code != 0:
            git(store, "config", _PROMISOR, "true", extra=place)


def _note_shallow(repo: Repository, store: Path) -> None:
    """Record where history ends in the other repository: at commits whose parents are still missing."""
    named = shallow_commits(store) | shallow_commits(repo.common_dir)
    if not named:
        return
    present = sorted(named - missing_objects(store, sorted(named)))
    parents = {oid: _parents(data) for oid, data in read_objects(store, dict.fromkeys(present, 0))}
    missing = missing_objects(store, {one for found in parents.values() for one in found})
    _write(store / "shallow", [oid for oid, found in parents.items() if missing & set(found)])


def _parents(commit: bytes) -> list[str]:
    head = commit.partition(b"\n\n")[0].decode(errors="surrogateescape")
    return [line.removeprefix("parent ") for line in head.split("\n") if line.startswith("parent ")]


def _write(path: Path, lines: Iterable[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    path.parent.mkdir(exist_ok=True)
    beside.write_bytes(os.fsencode(text))
    beside.replace(path)
