"""Save a worktree: every byte that a checkout would not restore, written as git objects."""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ...configuration.unsavable_files import CACHE, TOO_LARGE, UNREADABLE, LeftOut
from ...quick_dataclasses import dataclass
from ..objects import write_blob, write_blobs, write_tree
from ..worktree_metadata import administration, anchors, index_entries
from .linked_objects import link_objects
from .restore_points import add_point
from .vault_repository import open_vault
from .vault_tidying import tidy_outgrown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ..repository import Repository
    from ..uncommitted_files import UncommittedFiles
    from .restore_points import RestorePoint

__all__ = ["Subject", "left_out", "save"]


@dataclass(frozen=True, slots=True)
class Subject:
    """The worktree to save.

    Attributes:
        name: Its name.
        path: Its directory; None if that is gone.
        admin: Git's own directory of it.
        head: The commit that is checked out.
        branch: The branch that is checked out.
        operation: The git operation in progress.
        keep: Further commits that must not be lost.
    """

    name: str
    path: Path | None
    admin: Path
    head: str | None
    branch: str | None
    operation: str | None = None
    keep: tuple[str, ...] = ()


def save(
    repo: Repository,
    subject: Subject,
    contents: UncommittedFiles,
    *,
    limit: int,
    notes: Mapping[str, Any],
    name: str | None = None,
) -> RestorePoint:
    """Save a worktree.

    Args:
        repo: The repository.
        subject: The worktree.
        contents: Its contents.
        limit: The maximum number of bytes of ignored files to save, smallest files first.
        notes: Further data to keep, as JSON.
        name: The restore point to replace; a new one by default.

    Raises:
        CommandError: A file cannot be read, or git cannot write.
        OSError: The same.
    """
    chosen, too_large = _within(subject.path, contents, limit)
    tips = [commit for commit in (subject.head, *subject.keep) if commit]
    named = anchors(repo, subject.admin, tips)
    with open_vault(repo) as vault:
        entries = _entries(vault, subject.path, chosen)
        kept = administration(subject.admin, vault)
        listing = {
            "files": entries,
            "deleted": contents.deleted,
            "directories": contents.directories,
            "modes": contents.modes,
            "git": kept,
        }
        tree = write_tree(vault, _tree(vault, subject, entries, kept, named.others, json.dumps(listing)))
        # Objects that git's own files name exist until the worktree is removed, and may be new.
        link_objects(repo, vault)
        point = add_point(
            repo,
            tree,
            dict.fromkeys((*tips, *named.commits)),
            name=name,
            details={
                "worktree": subject.name,
                "head": subject.head,
                "branch": subject.branch,
                "operation": subject.operation,
                "files": len(entries),
                "size": sum(entry["size"] for entry in entries),
                "left_out": [one.written for one in _left_out(contents, too_large)],
                "notes": notes,
            },
        )
    tidy_outgrown(repo)
    return point


def left_out(worktree: Path, contents: UncommittedFiles, limit: int) -> tuple[LeftOut, ...]:
    """Return what `save` would leave out."""
    _, too_large = _within(worktree, contents, limit)
    return _left_out(contents, too_large)


def _left_out(contents: UncommittedFiles, too_large: Iterable[tuple[str, int]]) -> tuple[LeftOut, ...]:
    return (
        *(LeftOut(path, size, TOO_LARGE) for path, size in too_large),
        *(LeftOut(path, -1, UNREADABLE) for path in contents.unreadable),
        *(LeftOut(path, -1, kind) for path, kind in contents.special),
        *(LeftOut(path, -1, CACHE) for path in contents.skipped),
    )


def _within(
    root: Path | None, contents: UncommittedFiles, limit: int
) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    """Choose the files to save; also return the ignored ones beyond the limit, with their sizes."""
    chosen = [*contents.tracked, *contents.untracked]
    if root is None:
        return tuple(chosen), ()
    beyond: list[tuple[str, int]] = []
    for paths, wanted in ((contents.ignored, True), (contents.spare, False)):
        for size, path in sorted(_sizes(root, paths)):
            if size <= limit:
                limit -= size
                chosen.append(path)
            elif wanted:
                beyond.append((path, size))
    return tuple(chosen), tuple(beyond)


def _sizes(root: Path, paths: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the files that still exist, with their sizes: programs delete their journals at any time."""
    for path in paths:
        with suppress(FileNotFoundError):
            yield (root / path).lstat().st_size, path


def _entries(vault: Path, root: Path | None, paths: Iterable[str]) -> list[dict[str, Any]]:
    """Write files as blobs; return an entry for each."""
    if root is None:
        return []
    entries: list[dict[str, Any]] = []
    for path in paths:
        status = (root / path).lstat()
        entry: dict[str, Any] = {"path": path, "mode": stat.S_IMODE(status.st_mode), "size": status.st_size}
        if stat.S_ISLNK(status.st_mode):
            entry["link"] = os.fspath((root / path).readlink())
        entries.append(entry)
    plain = [entry for entry in entries if "link" not in entry]
    for entry, blob in zip(plain, write_blobs(vault, root, [one["path"] for one in plain]), strict=True):
        entry["blob"] = blob
    return entries


def _tree(
    vault: Path,
    subject: Subject,
    entries: Iterable[Mapping[str, Any]],
    kept: Iterable[Mapping[str, Any]],
    named: Iterable[tuple[str, str]],
    listing: str,
) -> Iterable[tuple[str, str, str]]:
    for name, part in (("files", entries), ("git", kept)):
        blobs = [entry["blob"] for entry in part if "blob" in entry]
        yield (
            name,
            "tree",
            write_tree(vault, ((f"{number:08}", "blob", blob) for number, blob in enumerate(blobs))),
        )
    yield "files.json", "blob", write_blob(vault, listing)
    yield "index", "tree", index_entries(subject.admin, vault)
    yield "kept", "tree", write_tree(vault, ((oid, kind, oid) for oid, kind in named))
