"""Files from which a filter removes something before git stores them, such as results in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .program import fields, git

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

__all__ = ["unlike_filtered"]

# Git LFS keeps whole files beside the objects of the repository.
_WHOLE = frozenset({"lfs"})


def unlike_filtered(worktree: Path, paths: Collection[str], settings: Mapping[str, str]) -> frozenset[str]:
    """Return the tracked files of a worktree that a filter would not restore unchanged.

    Args:
        worktree: The worktree.
        paths: Its existing, readable tracked files.
        settings: Git's settings for converting files, by key.

    Raises:
        CommandError: git failed.
        OSError: A file cannot be read.
    """
    keys = (key for key in settings if key.startswith("filter."))
    drivers = {key.removeprefix("filter.").rpartition(".")[0] for key in keys} - _WHOLE
    if not drivers:
        return frozenset()
    lines = "".join(f"{path}\0" for path in sorted(paths))
    row = fields(git(worktree, "check-attr", "-z", "--stdin", "filter", stdin=lines).out)
    filtered = [path for path, value in zip(row[::3], row[2::3], strict=True) if value in drivers]
    return frozenset(path for path in filtered if not _comes_back(worktree, path))


def _comes_back(worktree: Path, path: str) -> bool:
    file = worktree / path
    if file.is_symlink():
        return True
    done = git(worktree, "cat-file", "--filters", f":0:{path}", check=False)
    return done.code == 0 and done.out.encode(errors="surrogateescape") == file.read_bytes()
