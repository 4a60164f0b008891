"""What was edited in a checkout, including files that git was told to ignore changes of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..quick_dataclasses import dataclass
from .files_without_work import is_file
from .git_directories import git_directory
from .program import fields, git
from .worktree_metadata import PLAIN_INDEX, index_copy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Edits", "edits"]


@dataclass(frozen=True, slots=True)
class Edits:
    """The differences between a checkout's files and its index.

    Attributes:
        index: The mode of each tracked path.
        changed: Tracked files that differ.
        gone: Those of them that are missing.
        absent: Files that a sparse checkout leaves out, so that they are missing but not deleted.
    """

    index: Mapping[str, str]
    changed: frozenset[str]
    gone: frozenset[str]
    absent: frozenset[str]


def edits(checkout: Path) -> Edits:
    """Compare the files of a checkout with its index, without changing the index.

    Raises:
        CommandError: git failed.
    """
    with index_copy(git_directory(checkout), checkout) as extra:
        listed = fields(git(checkout, "ls-files", "-z", "-v", "--stage", extra=extra).out)
        rows = [(*meta.split(" "), path) for meta, _, path in (row.partition("\t") for row in listed)]
        absent = _show_hidden(checkout, {path: tag for tag, *_, path in rows}, extra)
        changed, gone = _changed(checkout, extra)
    return Edits({path: mode for _, mode, *_, path in rows}, changed, gone, absent)


def _show_hidden(worktree: Path, tags: Mapping[str, str], extra: Mapping[str, str]) -> frozenset[str]:
    """Remove the flags from the index copy that tell git not to look at files.

    Args:
        worktree: The worktree.
        tags: The letter that `git ls-files -v` has for each tracked path.
        extra: The environment that names the copy.

    Returns:
        The files that a sparse checkout leaves out, so that they are missing but not deleted.
    """
    flagged = {path: tag for path, tag in tags.items() if tag.islower() or tag == "S"}
    absent = {path for path, tag in flagged.items() if tag.upper() == "S" and not is_file(worktree, path)}
    present = flagged.keys() - absent
    if present:
        for option in ("--no-assume-unchanged", "--no-skip-worktree"):
            lines = "".join(f"{path}\0" for path in present)
            git(worktree, *PLAIN_INDEX, "update-index", option, "-z", "--stdin", stdin=lines, extra=extra)
    return frozenset(absent)


def _changed(worktree: Path, extra: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the tracked files that differ from the index, and those of them that are gone."""
    # It exits with 1 if a file is changed, which is not an error here.
    git(worktree, *PLAIN_INDEX, "update-index", "-q", "--refresh", check=False, extra=extra)
    argv = ("diff-files", "-z", "--raw", "--no-renames", "--ignore-submodules=all")
    rows = fields(git(worktree, *PLAIN_INDEX, *argv, extra=extra).out)
    letters = {(path, meta[-1]) for meta, path in zip(rows[::2], rows[1::2], strict=True)}
    # A conflict is listed as U, whether or not the file exists.
    gone = {path for path, letter in letters if letter == "D" or not is_file(worktree, path)}
    return frozenset(path for path, _ in letters), frozenset(gone)
