"""Move a worktree's directory atomically, and update git's paths to it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .program import alone, git
from .worktree_marker import administration_marked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .repository import Repository

__all__ = ["bears", "move_worktree", "place_worktree"]


def bears(repo: Repository, worktree: Path, key: str) -> bool:
    """Return whether a directory is the worktree with a key: its link leads to that one's git directory."""
    admin, link = administration_marked(repo, key), worktree / ".git"
    if admin is None or link.is_symlink() or not link.is_file():
        return False
    named = os.fsdecode(link.read_bytes()).removeprefix("gitdir:").strip()
    return (worktree / named).resolve() == admin.resolve()


def move_worktree(repo: Repository, key: str, old: Path, new: Path) -> None:
    """Move the worktree with a key within its file system, with submodules, which git refuses to move.

    Programs that run in it continue in the new place, but its old path no longer works.

    Raises:
        OSError: It cannot be moved, and is still where it was.
    """
    with alone(repo.common_dir):
        old.rename(new)
        place_worktree(repo, key, new, known=(old, new))


def place_worktree(repo: Repository, key: str, place: Path, *, known: Sequence[Path]) -> None:
    """Update the paths of the worktree with a key in git and its submodules; nothing is moved.

    Args:
        repo: The repository.
        key: The key in its mark.
        place: Where it is.
        known: Where it may have been.
    """
    with alone(repo.common_dir):
        admin = administration_marked(repo, key)
        if admin is None:
            return
        link, named = place / ".git", admin / "gitdir"
        old = os.fsdecode(named.read_bytes().rstrip(b"\n"))
        new = str(link) if Path(old).is_absolute() else os.path.relpath(link, admin)
        # git's own name for a file while it is written; a killed command may have left one behind.
        written = named.with_name("gitdir.lock")
        if new != old:
            written.write_bytes(os.fsencode(f"{new}\n"))
            written.replace(named)
        written.unlink(missing_ok=True)
        for head in sorted((admin / "modules").rglob("HEAD")):
            if (head.parent / "objects").is_dir():
                _place_submodule(repo, head.parent, place, known)


def _place_submodule(repo: Repository, module: Path, place: Path, known: Iterable[Path]) -> None:
    """Set the path of a submodule's files, in its git directory, to the worktree's place."""
    # Run in the submodule, git would go to the old path of the files.
    config = ("config", "--file", str(module / "config"))
    asked = git(repo.main, *config, "-z", "--get", "core.worktree", check=False)
    named = (module / asked.out.removesuffix("\0")).resolve()
    for root in map(_real, known):
        if root != _real(place) and named.is_relative_to(root):
            destination = _real(place) / named.relative_to(root)
            git(repo.main, *config, "core.worktree", os.path.relpath(destination, module.resolve()))


def _real(place: Path) -> Path:
    """Return a path with links among its parents resolved, whether or not it exists."""
    return place.parent.resolve() / place.name
