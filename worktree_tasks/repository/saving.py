"""Saving a worktree: every byte that a checkout would not bring back, written as git objects."""

from __future__ import annotations

import json
import os
import stat
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..configuration.left_out import CACHE, TOO_LARGE, UNREADABLE, LeftOut
from .administration import administration, anchors, index_entries
from .objects import write_blob, write_blobs, write_commit, write_tree
from .restore_points import point_at, restore_points
from .vault import is_private, keep, open_vault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from .checkout import Repository
    from .contents import Contents
    from .restore_points import RestorePoint

__all__ = ["Subject", "left_out", "save"]


@dataclass(frozen=True, slots=True)
class Subject:
    """The worktree that is saved.

    Attributes:
        name: Its name.
        path: Its directory; None when that is gone.
        admin: Git's own directory of it.
        head: The commit that is checked out.
        branch: The branch that is.
        operation: What git is in the middle of.
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
    contents: Contents,
    *,
    limit: int,
    notes: Mapping[str, Any],
    name: str | None = None,
) -> RestorePoint:
    """Save a worktree.

    Args:
        repo: The repository.
        subject: The worktree.
        contents: What it holds.
        limit: How many bytes of ignored files are saved at most, the smallest first.
        notes: What to keep beside it, as JSON can.
        name: The restore point to replace; a new one by default.

    Raises:
        CommandError: A file cannot be read, or git cannot write.
        OSError: The same.
    """
    chosen, too_large = _within(subject.path, contents, limit)
    entries = _entries(repo, subject.path, chosen, frozenset((*contents.ignored, *contents.spare)))
    private = [entry["blob"] for entry in entries if entry.get("private")]
    kept = administration(subject.admin, repo)
    listing = {
        "files": entries,
        "deleted": contents.deleted,
        "directories": contents.directories,
        "modes": contents.modes,
        "git": kept,
    }
    tree = write_tree(repo.main, _tree(repo, subject, entries, kept, json.dumps(listing)))
    tips = [commit for commit in (subject.head, *subject.keep) if commit]
    previous = next((one for one in restore_points(repo) if one.name == name), None)
    created = previous.created if previous else time.time()
    details = {
        "worktree": subject.name, "created": created, "head": subject.head, "branch": subject.branch,
        "operation": subject.operation, "files": len(entries),
        "size": sum(entry["size"] for entry in entries),
        "vault": keep(open_vault(repo), private) if private else None,
        "left_out": [one.written for one in _left_out(contents, too_large)], "notes": notes,
    }  # fmt: skip
    parents = dict.fromkeys((*tips, *anchors(repo, subject.admin, tips).commits))
    message = f"Restore point of worktree {subject.name}\n\n{json.dumps(details)}"
    commit = write_commit(repo.main, tree, parents, message)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(created))
    stored = point_at(repo, commit, previous.name if previous else f"{subject.name}-{stamp}", previous)
    return next(one for one in restore_points(repo) if one.name == stored)


def left_out(worktree: Path, contents: Contents, limit: int) -> tuple[LeftOut, ...]:
    """Return what `save` would leave out.

    Raises:
        OSError: A file is gone meanwhile.
    """
    _, too_large = _within(worktree, contents, limit)
    return _left_out(contents, too_large)


def _left_out(contents: Contents, too_large: Iterable[tuple[str, int]]) -> tuple[LeftOut, ...]:
    return (
        *(LeftOut(path, size, TOO_LARGE) for path, size in too_large),
        *(LeftOut(path, -1, UNREADABLE) for path in contents.unreadable),
        *(LeftOut(path, -1, kind) for path, kind in contents.special),
        *(LeftOut(path, -1, CACHE) for path in contents.skipped),
    )


def _within(
    root: Path | None, contents: Contents, limit: int
) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    """Choose the files to save; return with their sizes the ignored ones beyond the limit, which are not."""
    chosen = [*contents.tracked, *contents.untracked]
    if root is None:
        return tuple(chosen), ()
    beyond: list[tuple[str, int]] = []
    for paths, wanted in ((contents.ignored, True), (contents.spare, False)):
        for size, path in sorted(((root / path).lstat().st_size, path) for path in paths):
            if size <= limit:
                limit -= size
                chosen.append(path)
            elif wanted:
                beyond.append((path, size))
    return tuple(chosen), tuple(beyond)


def _entries(
    repo: Repository, root: Path | None, paths: Iterable[str], ignored: Collection[str]
) -> list[dict[str, Any]]:
    """Write files as blobs, into the vault those that may hold secrets; return a line on each."""
    if root is None:
        return []
    entries: list[dict[str, Any]] = []
    for path in paths:
        status = (root / path).lstat()
        entry: dict[str, Any] = {"path": path, "mode": stat.S_IMODE(status.st_mode), "size": status.st_size}
        if stat.S_ISLNK(status.st_mode):
            entry["link"] = os.fspath((root / path).readlink())
        else:
            entry["private"] = path in ignored or is_private(entry["mode"])
        entries.append(entry)
    for private in (True, False):
        plain = [entry for entry in entries if entry.get("private") is private]
        if plain:
            into = open_vault(repo) if private else None
            blobs = write_blobs(root, [entry["path"] for entry in plain], into=into)
            for entry, blob in zip(plain, blobs, strict=True):
                entry["blob"] = blob
    return entries


def _tree(
    repo: Repository,
    subject: Subject,
    entries: Iterable[Mapping[str, Any]],
    kept: Iterable[Mapping[str, Any]],
    listing: str,
) -> Iterable[tuple[str, str, str]]:
    for name, part in (("files", entries), ("git", kept)):
        blobs = [entry["blob"] for entry in part if "blob" in entry and not entry.get("private")]
        numbered = ((f"{number:08}", "blob", blob) for number, blob in enumerate(blobs))
        yield name, "tree", write_tree(repo.main, numbered)
    yield "files.json", "blob", write_blob(repo.main, listing)
    yield "index", "tree", index_entries(subject.admin, repo)
    others = anchors(repo, subject.admin, ()).others
    yield "kept", "tree", write_tree(repo.main, ((oid, kind, oid) for oid, kind in others))
