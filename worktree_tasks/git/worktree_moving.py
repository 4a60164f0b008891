"""A worktree's directory moved in one instant, and git told where it is."""

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
    """Return whether a directory is the worktree with a key: its link leads to where git keeps that one."""
    admin, link = administration_marked(repo, key), worktree / ".git"
    if admin is None or link.is_symlink() or not link.is_file():
        return False
    named = os.fsdecode(link.read_bytes()).removeprefix("gitdir:").strip()
    return (worktree / named).resolve() == admin.resolve()


def move_worktree(repo: Repository, key: str, old: Path, new: Path) -> None:
    """Move the worktree with a key within its file system, submodules included, which git refuses to move.

    Programs that work in it go on in the new place; whoever knows it by its path finds nothing any more.

    Raises:
        OSError: It cannot be moved, and is where it was.
    """
    with alone(repo.common_dir):
        old.rename(new)
        place_worktree(repo, key, new, known=(old, new))


def place_worktree(repo: Repository, key: str, place: Path, *, known: Sequence[Path]) -> None:
    """Tell git, and the worktree's submodules, where the worktree with a key is; nothing is moved.

    Args:
        repo: The repository.
        key: The key that it is marked with.
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
        # git's own name for a file that is being written; a killed command may have left one.
        written = named.with_name("gitdir.lock")
        if new != old:
            written.write_bytes(os.fsencode(f"{new}\n"))
            written.replace(named)
        written.unlink(missing_ok=True)
        for head in sorted((admin / "modules").rglob("HEAD")):
            if (head.parent / "objects").is_dir():
                _place_submodule(repo, head.parent, place, known)


def _place_submodule(repo: Repository, module: Path, place: Path, known: Iterable[Path]) -> None:
    """Let a submodule's git directory name its files below the worktree's place."""
    # Asked in there, git would go to where the files are said to be.
    config = ("config", "--file", str(module / "config"))
    asked = git(repo.main, *config, "-z", "--get", "core.worktree", check=False)
    named = (module / asked.out.removesuffix("\0")).resolve()
    for root in map(_real, known):
        if root != _real(place) and named.is_relative_to(root):
            aim = _real(place) / named.relative_to(root)
            git(repo.main, *config, "core.worktree", os.path.relpath(aim, module.resolve()))


def _real(place: Path) -> Path:
    """Return a place without links on the way to it, whether it is there or not."""
    return place.parent.resolve() / place.name
