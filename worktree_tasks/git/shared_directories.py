"""What programs need from git's directory if they see a worktree in another place, as containers do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..configuration.compose.git_access import GitDirectory
from ..configuration.compose.git_access_choice import holds_secrets
from .alternates import object_directories
from .git_directories import content, entries_of
from .gitlinks import gitlinks, is_submodule

if TYPE_CHECKING:
    from pathlib import Path

    from .repository import Repository

__all__ = ["shared_directory"]


def shared_directory(repo: Repository, worktree: Path) -> GitDirectory:
    """Return the git directory of a worktree, which may not exist yet."""
    common = repo.common_dir
    admin = next(entries_of(repo, worktree), common / "worktrees" / worktree.name)
    link = os.fsdecode((content(worktree / ".git") or b"").removeprefix(b"gitdir: ").removesuffix(b"\n"))
    _, *others = object_directories(common / "objects")
    filled = gitlinks(worktree) if (worktree / ".gitmodules").is_file() else ()
    return GitDirectory(
        str(common),
        os.path.relpath(admin, common),
        link or str(admin),
        tuple(str(one) for one in others if one.is_dir() and not one.is_relative_to(common)),
        tuple(sorted(path for path in filled if is_submodule(worktree, path))),
        _holds_secrets(common),
    )


def _holds_secrets(common: Path) -> bool:
    """Return whether the configuration has passwords or tokens, or git-crypt has its keys there."""
    texts = (os.fsdecode(content(common / name) or b"") for name in ("config", "config.worktree"))
    return any(map(holds_secrets, texts)) or (common / "git-crypt").is_dir()
