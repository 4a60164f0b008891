"""Whether files are the same in two checkouts of one repository."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ..command import CommandError
from .program import fields, git

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["changed_since", "fingerprint", "had", "listed", "mentioning", "tracked_files"]

# Tracked, and tracked but left out of a sparse checkout: https://git-scm.com/docs/git-ls-files, option -t.
_AS_TRACKED = frozenset("HS")
_SUBMODULE = "160000 "


def fingerprint(root: Path, paths: Sequence[str]) -> str | None:
    """Return what stands for the content of all that git tracks at some paths of a checkout.

    Args:
        root: A checkout's root.
        paths: Paths or glob patterns relative to it; none stands for nothing.

    Returns:
        A hexadecimal digest; None when files there are modified or untracked, so that git cannot tell.

    Raises:
        CommandError: git could not answer.
    """
    specs = _globs(paths)
    words = ("ls-files", "-t", "-z", "--stage", "--modified", "--deleted", "--others", "--exclude-standard")
    entries = fields(git(root, *words, "--", *specs).out) if specs else ()
    # Each is told with a letter, one that is modified or deleted once more with another.
    if any(entry[0] not in _AS_TRACKED for entry in entries):
        return None
    # Of a submodule only its commit is compared there.
    submodules = any(entry[2:].startswith(_SUBMODULE) for entry in entries)
    if submodules and git(root, "status", "--porcelain", "-z", "--", *specs).out:
        return None
    listed = "".join(f"{entry[2:]}\0" for entry in entries)
    return hashlib.sha256(listed.encode(errors="surrogateescape")).hexdigest()


def changed_since(root: Path, commit: str, paths: Sequence[str]) -> tuple[str, ...]:
    """Return the tracked files at some paths or glob patterns whose content is not that of a commit.

    Raises:
        CommandError: git could not tell.
    """
    if not paths:
        return ()
    return fields(git(root, "diff", "--name-only", "--no-renames", "-z", commit, "--", *_globs(paths)).out)


def tracked_files(root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Return the files that git tracks at some paths or glob patterns.

    Raises:
        CommandError: git could not tell.
    """
    return fields(git(root, "ls-files", "-z", "--", *_globs(paths)).out) if paths else ()


def listed(root: Path, patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the files at some glob patterns that git tracks or would let one add.

    Raises:
        CommandError: git could not tell.
    """
    words = ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "-z"]
    return fields(git(root, *words, "--", *_globs(patterns)).out)


def mentioning(root: Path, word: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the files at some glob patterns, tracked or addable, with a word in them in whichever case.

    Raises:
        CommandError: git could not tell.
    """
    words = ["grep", "--untracked", "--files-with-matches", "-z", "-I", "-i", "-w", "-F", "-e", word]
    done = git(root, *words, "--", *_globs(patterns), check=False)
    if done.code > 1:
        raise CommandError(done)
    return fields(done.out)


def had(root: Path, paths: Sequence[str], *, seconds: float | None = None) -> frozenset[str]:
    """Return those of some paths at which any commit has a file that the checkout's HEAD comes from.

    Raises:
        CommandError: git could not tell.
        OutOfTime: The history is too long to be read within some seconds.
    """
    if not paths:
        return frozenset()
    # The first commit counts too, whatever `log.showRoot` is.
    words = ["-c", "log.showRoot=true", "log", "--no-renames", "--diff-filter=A", "--format=", "--name-only"]
    specs = [f":(literal){path}" for path in paths]
    return frozenset(fields(git(root, *words, "-z", "HEAD", "--", *specs, seconds=seconds).out)) - {""}


def _globs(paths: Sequence[str]) -> list[str]:
    return [
        f":(glob){path}" if any(sign in path for sign in "*?[") else f":(literal){path}" for path in paths
    ]
