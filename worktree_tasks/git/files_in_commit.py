"""The files of a commit, read from git without a checkout."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass
from .object_reading import read_blob, read_objects
from .program import fields, git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .repository import Repository

__all__ = ["CommitFiles", "files_of_commit"]

_LINK, _SUBMODULE = "120000", "160000"
# Compose files and env files are far smaller; a larger one is suspicious.
_LARGEST = 1 << 20
_LINKS = 8


@dataclass(frozen=True, slots=True)
class CommitFiles:
    """The files of a commit.

    Attributes:
        store: The git directory that has them.
        entries: Each path's mode and object id.
    """

    store: Path
    entries: Mapping[str, tuple[str, str]]

    def text(self, path: str) -> str | None:
        """Return a file's text, following symbolic links in the commit; None if missing or too large."""
        for _ in range(_LINKS):
            mode, oid = self.entries.get(path, ("", ""))
            if mode in ("", _SUBMODULE):
                return None
            size = git(self.store, "cat-file", "-s", oid, extra={"GIT_DIR": str(self.store)}).out
            if int(size) > _LARGEST:
                return None
            content = read_blob(self.store, oid)
            if mode != _LINK:
                return content
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), content))
        return None

    def destination(self, path: str) -> str | None:
        """Return where a symbolic link leads, as it is written; None for anything else."""
        mode, oid = self.entries.get(path, ("", ""))
        return read_blob(self.store, oid) if mode == _LINK else None

    def submodule(self, path: str) -> tuple[str, str] | None:
        """Return the submodule that a path is in, and its commit."""
        for folder in _parents(path):
            mode, oid = self.entries.get(folder, ("", ""))
            if mode == _SUBMODULE:
                return folder, oid
        return None

    def leading_out(self) -> dict[str, str]:
        """Return the symbolic links that may lead out of a checkout, with their targets."""
        links = {path: oid for path, (mode, oid) in self.entries.items() if mode == _LINK}
        read = read_objects(self.store, dict.fromkeys(links.values(), _LARGEST >> 8))
        destinations = {oid: data.decode(errors="surrogateescape") for oid, data in read}
        return {path: destinations[oid] for path, oid in links.items() if _leads_out(path, destinations[oid])}


def files_of_commit(repo: Repository, commit: str) -> CommitFiles:
    """Return the files of a commit.

    Raises:
        CommandError: There is no such commit.
    """
    rows = fields(git(repo.main, "ls-tree", "-r", "-z", "--full-tree", commit).out)
    parted = ((path, meta.split()) for meta, _, path in (row.partition("\t") for row in rows))
    return CommitFiles(repo.common_dir, {path: (words[0], words[2]) for path, words in parted})


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _leads_out(path: str, destination: str) -> bool:
    """Return whether a link may lead out, by itself or by `..` after a name that may be a link too."""
    parts = [part for part in destination.split("/") if part not in ("", ".")]
    up = next((number for number, part in enumerate(parts) if part != ".."), len(parts))
    return destination.startswith("/") or ".." in parts[up:] or up > path.count("/")
