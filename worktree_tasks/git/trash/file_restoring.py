"""Write saved files back, byte for byte, and nothing outside their root."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import Failure
from ...quick_dataclasses import dataclass
from ..directory_walk import is_below
from ..files_without_work import is_file
from ..git_directories import git_directory
from ..object_reading import BATCH_BYTES, read_objects
from ..program import git

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

__all__ = ["PRIVATE", "Destination", "delete_files", "set_modes", "write_files", "write_notes"]

PRIVATE = 0o700
_STAGING = "worktree-tasks-restoring"


def write_notes(
    vault: Path, admin: Path, lines: Sequence[Mapping[str, Any]], renamed: Mapping[str, str]
) -> None:
    """Write git's own files about a worktree, such as those of a rebase in progress.

    Args:
        vault: The git directory with the content.
        admin: Git's directory of the worktree.
        lines: What was saved.
        renamed: Branches that were restored under another name.
    """
    heads = {f"refs/heads/{old}": f"refs/heads/{new}" for old, new in renamed.items()}
    for line, data in _with_bytes(vault, lines):
        target = _inside(admin, line["path"])
        if target.name == "head-name":
            name = data.decode(errors="surrogateescape").rstrip("\n")
            data = f"{heads.get(name, name)}\n".encode(errors="surrogateescape")  # noqa: PLW2901 - the same note
        target.parent.mkdir(parents=True, exist_ok=True)
        _write(target, data, line["mode"])


def _with_bytes(store: Path, lines: Iterable[Mapping[str, Any]]) -> Iterable[tuple[Mapping[str, Any], bytes]]:
    by_blob: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        by_blob.setdefault(line["blob"], []).append(line)
    sizes = {blob: int(same[0].get("size", 0)) for blob, same in by_blob.items()}
    for blob, data in read_objects(store, sizes):
        for line in by_blob[blob]:
            yield line, data


def delete_files(root: Path, paths: Iterable[str]) -> None:
    """Delete files, and directories that this leaves empty."""
    for path in paths:
        if not is_file(root, path):
            continue
        target = root / path
        target.unlink()
        for parent in target.parents:
            if parent == root or any(parent.iterdir()):
                break
            parent.rmdir()


@dataclass(frozen=True, slots=True)
class Destination:
    """Where files are written: a root, and the directories in it that are private for the time being."""

    root: Path
    private: frozenset[str]

    def without(self, folders: Collection[str]) -> Destination:
        """Return the destination without some of its directories, and everything below them."""
        return Destination(self.root, frozenset(one for one in self.private if not is_below(one, folders)))

    def make_room(self, path: str) -> Path:
        """Return a path's place, cleared, with real directories as its parents."""
        target = _inside(self.root, path)
        self.make_folder(target.parent)
        if target.is_dir() and not target.is_symlink():
            # Git made directories for submodules in it.
            for folder, _, _ in os.walk(target, topdown=False):
                Path(folder).rmdir()
        else:
            target.unlink(missing_ok=True)
        return target

    def make_folder(self, folder: Path) -> None:
        """Create a directory and its parents; files or links in their place are deleted."""
        if folder == self.root:
            return
        self.make_folder(folder.parent)
        if folder.is_symlink() or (os.path.lexists(folder) and not folder.is_dir()):
            folder.unlink()
        if not folder.is_dir():
            private = str(folder.relative_to(self.root)) in self.private
            folder.mkdir(PRIVATE if private else 0o777)


def write_files(vault: Path, place: Destination, entries: Sequence[Mapping[str, Any]]) -> None:
    """Write files and symbolic links, and the destination's directories; what is in their way is deleted."""
    for folder in sorted(place.private):
        place.make_folder(_inside(place.root, folder))
    for entry in entries:
        if "link" in entry:
            place.make_room(entry["path"]).symlink_to(entry["link"])
    plain = [entry for entry in entries if "link" not in entry]
    small = [entry for entry in plain if entry["size"] <= BATCH_BYTES]
    for entry, data in _with_bytes(vault, small):
        _write(place.make_room(entry["path"]), data, entry["mode"])
    for entry in plain:
        if entry["size"] > BATCH_BYTES:
            _unpack(vault, place, entry)


def _unpack(vault: Path, place: Destination, entry: Mapping[str, Any]) -> None:
    """Let git write a large file, first into the worktree's git directory, until it is complete."""
    staging = git_directory(place.root) / _STAGING
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(mode=PRIVATE)
    extra = {"GIT_DIR": str(vault), "GIT_WORK_TREE": str(staging)}
    name = git(staging, "unpack-file", entry["blob"], extra=extra).out.removesuffix("\n")
    (staging / name).chmod(entry["mode"])
    shutil.move(staging / name, place.make_room(entry["path"]))
    staging.rmdir()


def set_modes(root: Path, files: Iterable[tuple[str, int]], folders: Mapping[str, int]) -> None:
    """Set the modes of files and directories; a directory's after those of its content."""
    for file, mode in files:
        if is_file(root, file) and not (root / file).is_symlink():
            (root / file).chmod(mode)
    for folder in sorted(folders, reverse=True):
        (root / folder).chmod(folders[folder])


def _inside(root: Path, path: str) -> Path:
    parts = path.split("/")
    if path.startswith("/") or ".." in parts or parts[0] == ".git":
        raise Failure(
            f"the restore point names {path!r}, which is outside of the worktree", kind="cannot-restore"
        )
    return root / path


def _write(path: Path, data: bytes, mode: int) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        os.fchmod(file.fileno(), mode)
