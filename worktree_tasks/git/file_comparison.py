"""Compare and list files of a checkout through git."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..command import CommandError
from .pathspecs import globs
from .program import fields, git

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["changed_since", "had", "listed", "mentioning", "tracked_files"]


def changed_since(root: Path, commit: str, paths: Sequence[str]) -> tuple[str, ...]:
    """Return the tracked files at some paths or glob patterns whose content differs from a commit.

    Raises:
        CommandError: git failed.
    """
    if not paths:
        return ()
    return fields(git(root, "diff", "--name-only", "--no-renames", "-z", commit, "--", *globs(paths)).out)


def tracked_files(root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Return the files that git tracks at some paths or glob patterns.

    Raises:
        CommandError: git failed.
    """
    return fields(git(root, "ls-files", "-z", "--", *globs(paths)).out) if paths else ()


def listed(root: Path, patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the files at some glob patterns that are tracked, or untracked but not ignored.

    Raises:
        CommandError: git failed.
    """
    words = ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "-z"]
    return fields(git(root, *words, "--", *globs(patterns)).out)


def mentioning(root: Path, word: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the files at some glob patterns, tracked or not ignored, that contain a word in any case.

    Raises:
        CommandError: git failed.
    """
    words = ["grep", "--untracked", "--files-with-matches", "-z", "-I", "-i", "-w", "-F", "-e", word]
    done = git(root, *words, "--", *globs(patterns), check=False)
    if done.code > 1:
        raise CommandError(done)
    return fields(done.out)


def had(root: Path, paths: Sequence[str], *, seconds: float | None = None) -> frozenset[str]:
    """Return those of some paths that any commit in the history of the checkout's HEAD has.

    Raises:
        CommandError: git failed.
        OutOfTime: The history is too long to be read within `seconds`.
    """
    if not paths:
        return frozenset()
    # The first commit counts too, regardless of the setting `log.showRoot`.
    words = ["-c", "log.showRoot=true", "log", "--no-renames", "--diff-filter=A", "--format=", "--name-only"]
    specs = [f":(literal){path}" for path in paths]
    return frozenset(fields(git(root, *words, "-z", "HEAD", "--", *specs, seconds=seconds).out)) - {""}
