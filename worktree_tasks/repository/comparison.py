"""Whether files are the same in two checkouts of one repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .program import fields, git

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["differing", "tracked_files"]


def differing(one: Path, other: Path, paths: Sequence[str]) -> bool:
    """Tell whether what git tracks, or would track, at some paths differs between two checkouts.

    Args:
        one: A checkout's root.
        other: Another checkout of the same repository.
        paths: Paths or glob patterns relative to the roots; none means nothing differs.

    Raises:
        CommandError: git could not tell.
    """
    if not paths:
        return False
    specs = _globs(paths)
    commits = [git(root, "rev-parse", "HEAD").out.strip() for root in (one, other)]
    if commits[0] != commits[1]:
        done = git(one, "diff", "--quiet", *commits, "--", *specs, check=False)
        if done.code:
            return True
    return any(git(root, "status", "--porcelain", "-z", "--", *specs).out for root in (one, other))


def tracked_files(root: Path, paths: Sequence[str]) -> tuple[str, ...]:
    """Return the files that git tracks at some paths or glob patterns.

    Raises:
        CommandError: git could not tell.
    """
    return fields(git(root, "ls-files", "-z", "--", *_globs(paths)).out) if paths else ()


def _globs(paths: Sequence[str]) -> list[str]:
    return [
        f":(glob){path}" if any(sign in path for sign in "*?[") else f":(literal){path}" for path in paths
    ]
