"""Restore points: all that a worktree holds, as git objects under references of ours.

They are made without touching anybody's index, stash, HEAD or reflog, and kept from `git gc` by their
references. A restore point is a commit whose tree holds the bytes of files under numbers, `files.json` that
tells their paths and modes, and whatever the index and git's notes on the worktree name.
"""

from __future__ import annotations

import json
import os
import stat
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .administration import administration, anchors, index_entries
from .objects import write_blob, write_blobs, write_commit, write_tree
from .program import git

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from .checkout import Repository
    from .contents import Contents

__all__ = ["RestorePoint", "drop_restore_point", "restore_points", "save"]

_PREFIX = "refs/worktree-tasks/trash/"
_FORMAT = "%(refname)%00%(objectname)%00%(contents:body)%00"


@dataclass(frozen=True, slots=True)
class RestorePoint:
    """What was saved of one worktree.

    Attributes:
        name: By which it is asked for.
        commit: The commit that holds it.
        worktree: The worktree's name.
        created: When it was saved, in seconds since the epoch.
        head: The commit that was checked out; None before the first one.
        branch: The branch that was checked out; None when detached.
        operation: What git was in the middle of.
        files: How many files it holds.
        size: Their bytes.
        left_out: Ignored files that were too large or unreadable, with their sizes (-1 when unknown).
        notes: What the one who saved it wants back.
    """

    name: str
    commit: str
    worktree: str
    created: float
    head: str | None
    branch: str | None
    operation: str | None
    files: int
    size: int
    left_out: tuple[tuple[str, int], ...] = ()
    notes: Mapping[str, Any] = field(default_factory=dict)


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
    chosen, left_out = _within(subject.path, contents, limit)
    entries, size = _entries(subject.path, chosen)
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
        "operation": subject.operation, "files": len(entries), "size": size,
        "left_out": [*left_out, *((path, -1) for path in contents.unreadable)], "notes": notes,
    }  # fmt: skip
    parents = dict.fromkeys((*tips, *anchors(repo, subject.admin, tips).commits))
    message = f"Restore point of worktree {subject.name}\n\n{json.dumps(details)}"
    commit = write_commit(repo.main, tree, parents, message)
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(created))
    stored = _point_at(repo, commit, previous.name if previous else f"{subject.name}-{stamp}", previous)
    return next(one for one in restore_points(repo) if one.name == stored)


def _point_at(repo: Repository, commit: str, name: str, previous: RestorePoint | None) -> str:
    """Let a reference name a commit; another restore point of the same second gets another name."""
    if previous:
        git(repo.main, "update-ref", _PREFIX + name, commit, previous.commit)
        return name
    taken = {one.name for one in restore_points(repo)}
    free = next(
        each for each in (name, *(f"{name}-{count}" for count in range(2, 1000))) if each not in taken
    )
    git(repo.main, "update-ref", _PREFIX + free, commit, "0" * len(commit))
    return free


def restore_points(repo: Repository) -> tuple[RestorePoint, ...]:
    """Return all restore points of a repository, the latest first.

    Raises:
        CommandError: git could not read them.
    """
    listed = git(repo.main, "for-each-ref", f"--format={_FORMAT}", _PREFIX).out
    words = [word.strip("\n") for word in listed.split("\0")]
    rows = zip(words[::3], words[1::3], words[2::3], strict=False)
    found = [_parse(name.removeprefix(_PREFIX), commit, body) for name, commit, body in rows]
    return tuple(sorted(found, key=lambda one: one.created, reverse=True))


def drop_restore_point(repo: Repository, point: RestorePoint) -> None:
    """Let a restore point go; git deletes its objects some time later.

    Raises:
        CommandError: It is another one by now.
    """
    git(repo.main, "update-ref", "-d", _PREFIX + point.name, point.commit)


def _parse(name: str, commit: str, body: str) -> RestorePoint:
    details = json.loads(body)
    left_out = tuple((path, size) for path, size in details.pop("left_out"))
    return RestorePoint(name=name, commit=commit, left_out=left_out, **details)


def _within(
    root: Path | None, contents: Contents, limit: int
) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    """Choose the files to save: all but ignored ones beyond the limit, which are returned with their sizes."""
    chosen = [*contents.tracked, *contents.untracked]
    if root is None:
        return tuple(chosen), ()
    left_out: list[tuple[str, int]] = []
    for paths, wanted in ((contents.ignored, True), (contents.spare, False)):
        for size, path in sorted(((root / path).lstat().st_size, path) for path in paths):
            if size <= limit:
                limit -= size
                chosen.append(path)
            elif wanted:
                left_out.append((path, size))
    return tuple(chosen), tuple(left_out)


def _entries(root: Path | None, paths: Iterable[str]) -> tuple[list[dict[str, Any]], int]:
    """Write files as blobs; return a line on each, and their bytes in all."""
    if root is None:
        return [], 0
    entries: list[dict[str, Any]] = []
    for path in paths:
        status = (root / path).lstat()
        entry: dict[str, Any] = {"path": path, "mode": stat.S_IMODE(status.st_mode), "size": status.st_size}
        if stat.S_ISLNK(status.st_mode):
            entry["link"] = os.fspath((root / path).readlink())
        entries.append(entry)
    plain = [entry for entry in entries if "link" not in entry]
    blobs = write_blobs(root, [entry["path"] for entry in plain])
    for entry, blob in zip(plain, blobs, strict=True):
        entry["blob"] = blob
    return entries, sum(entry["size"] for entry in entries)


def _tree(
    repo: Repository,
    subject: Subject,
    entries: Iterable[Mapping[str, Any]],
    kept: Iterable[Mapping[str, Any]],
    listing: str,
) -> Iterable[tuple[str, str, str]]:
    for name, part in (("files", entries), ("git", kept)):
        blobs = [entry["blob"] for entry in part if "blob" in entry]
        numbered = ((f"{number:08}", "blob", blob) for number, blob in enumerate(blobs))
        yield name, "tree", write_tree(repo.main, numbered)
    yield "files.json", "blob", write_blob(repo.main, listing)
    yield "index", "tree", index_entries(subject.admin, repo)
    others = anchors(repo, subject.admin, ()).others
    yield "kept", "tree", write_tree(repo.main, ((oid, kind, oid) for oid, kind in others))
