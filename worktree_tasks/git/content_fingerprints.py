"""Fingerprints of files: the same for the same content, in every checkout of a repository."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from .pathspecs import globs, quoted
from .program import fields, git

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["fingerprint"]

# Tracked, and tracked but left out of a sparse checkout: https://git-scm.com/docs/git-ls-files, option -t.
_AS_TRACKED = frozenset("HS")
_DELETED = "R"
_SUBMODULE = "160000 "
# Above this total size, files count by size and time, since reading them would take seconds.
_LARGEST = 64 * 1024 * 1024


def fingerprint(root: Path, paths: Sequence[str], *, edited: bool = False) -> str | None:
    """Return a fingerprint of everything that git tracks at some paths of a checkout.

    Args:
        root: A checkout's root.
        paths: Paths or glob patterns relative to it; none means nothing.
        edited: Whether files that are modified, or untracked and not ignored, count with their content.

    Returns:
        A hexadecimal digest; None if there are such files but they do not count.

    Raises:
        CommandError: git failed.
    """
    specs = globs(paths)
    words = ("ls-files", "-t", "-z", "--stage", "--modified", "--deleted", "--others", "--exclude-standard")
    entries = fields(git(root, *words, "--", *specs).out) if specs else ()
    # Each entry has a letter; a modified or deleted file is listed again with another letter.
    changed = any(entry[0] not in _AS_TRACKED for entry in entries)
    # Of a submodule, this list compares only the commit.
    submodules = [_path(entry) for entry in entries if entry[2:].startswith(_SUBMODULE)]
    changed = changed or bool(submodules and git(root, "status", "--porcelain", "-z", "--", *specs).out)
    if changed and not edited:
        return None
    listed = _as_they_are(root, entries, submodules) if changed else [entry[2:] for entry in entries]
    text = "".join(f"{entry}\0" for entry in listed)
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def _path(entry: str) -> str:
    """Return the path of an entry; untracked ones are listed without a mode."""
    return entry[2:].partition("\t")[2] or entry[2:]


def _as_they_are(root: Path, entries: Iterable[str], submodules: Iterable[str]) -> list[str]:
    """Return the entries of files in the checkout, as git would list them if all of them were committed."""
    kept = {_path(entry): entry[2:] for entry in entries if entry[0] in _AS_TRACKED}
    edited = {_path(entry) for entry in entries if entry[0] not in _AS_TRACKED} | {*submodules}
    for gone in {_path(entry) for entry in entries if entry[0] == _DELETED}:
        edited.discard(gone)
        kept.pop(gone, None)
    kept |= _hashed(root, sorted(edited))
    return [kept[path] for path in sorted(kept, key=os.fsencode)]


def _hashed(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """Return the entries of paths with their current content, by path."""
    there: dict[str, os.stat_result] = {}
    for path in paths:
        with suppress(OSError):
            there[path] = (root / path).lstat()
    found = {path: f"{_fingerprint_of_status(root, path, one)} 0\t{path}" for path, one in there.items()}
    plain = {path: one for path, one in there.items() if stat.S_ISREG(one.st_mode)}
    if not plain or sum(one.st_size for one in plain.values()) > _LARGEST:
        return found
    lines = "".join(f"{quoted(path)}\n" for path in plain)
    done = git(root, "hash-object", "--stdin-paths", stdin=lines, check=False)
    if done.code:
        # One of them is unreadable, or gone meanwhile.
        return found
    for (path, one), name in zip(plain.items(), done.out.split(), strict=True):
        found[path] = f"{'100755' if one.st_mode & stat.S_IXUSR else '100644'} {name} 0\t{path}"
    return found


def _fingerprint_of_status(root: Path, path: str, status: os.stat_result) -> str:
    """Return a fingerprint of a file that is not read."""
    if stat.S_ISDIR(status.st_mode):
        # A submodule, or another repository in the checkout.
        there = (root / path / ".git").exists()
        return f"{_SUBMODULE}{there and fingerprint(root / path, ['.'], edited=True)}"
    if stat.S_ISLNK(status.st_mode):
        return f"120000 {(root / path).readlink()}"
    return f"{status.st_mode} {status.st_size} {status.st_mtime_ns}"
