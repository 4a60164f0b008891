"""What stands for the content of files: the same for the same content, in each checkout of a repository."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

from .pathspecs import globs
from .program import fields, git

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["fingerprint"]

# Tracked, and tracked but left out of a sparse checkout: https://git-scm.com/docs/git-ls-files, option -t.
_AS_TRACKED = frozenset("HS")
_DELETED = "R"
_SUBMODULE = "160000 "
# What is larger is told by its size and time, since reading it would take seconds.
_LARGEST = 64 * 1024 * 1024


def fingerprint(root: Path, paths: Sequence[str], *, edited: bool = False) -> str | None:
    """Return what stands for the content of all that git tracks at some paths of a checkout.

    Args:
        root: A checkout's root.
        paths: Paths or glob patterns relative to it; none stands for nothing.
        edited: Whether files that are modified, or untracked and not ignored, count as they are.

    Returns:
        A hexadecimal digest; None when there are such files and they do not count, so that git cannot tell.

    Raises:
        CommandError: git could not answer.
    """
    specs = globs(paths)
    words = ("ls-files", "-t", "-z", "--stage", "--modified", "--deleted", "--others", "--exclude-standard")
    entries = fields(git(root, *words, "--", *specs).out) if specs else ()
    # Each is told with a letter, one that is modified or deleted once more with another.
    changed = any(entry[0] not in _AS_TRACKED for entry in entries)
    # Of a submodule only its commit is compared there.
    submodules = [_path(entry) for entry in entries if entry[2:].startswith(_SUBMODULE)]
    changed = changed or bool(submodules and git(root, "status", "--porcelain", "-z", "--", *specs).out)
    if changed and not edited:
        return None
    listed = _as_they_are(root, entries, submodules) if changed else [entry[2:] for entry in entries]
    text = "".join(f"{entry}\0" for entry in listed)
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def _path(entry: str) -> str:
    """Return the path of an entry; untracked ones are told without a mode."""
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
    """Return the entries of paths with what is there now, by path."""
    found: dict[str, str] = {}
    plain: dict[str, str] = {}
    for path in paths:
        try:
            status = (root / path).lstat()
        except OSError:
            continue
        if stat.S_ISDIR(status.st_mode):
            # A submodule, or another repository in the checkout.
            there = (root / path / ".git").exists()
            found[path] = f"{_SUBMODULE}{there and fingerprint(root / path, ['.'], edited=True)} 0\t{path}"
        elif stat.S_ISLNK(status.st_mode):
            found[path] = f"120000 {(root / path).readlink()} 0\t{path}"
        elif stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST and os.access(root / path, os.R_OK):
            plain[path] = "100755" if status.st_mode & stat.S_IXUSR else "100644"
        else:
            found[path] = f"{status.st_mode} {status.st_size} {status.st_mtime_ns} 0\t{path}"
    if plain:
        told = git(root, "hash-object", "--stdin-paths", stdin="".join(map(_line, plain))).out.split()
        found |= {
            path: f"{mode} {name} 0\t{path}" for (path, mode), name in zip(plain.items(), told, strict=True)
        }
    return found


def _line(path: str) -> str:
    """Return a path as a line, quoted as git quotes those with a line break."""
    for sign, word in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        path = path.replace(sign, word)
    return f'"{path}"\n'
