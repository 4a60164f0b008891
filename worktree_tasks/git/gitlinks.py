"""Where a checkout has commits of other repositories, and which of these git itself has put there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..errors import Failure
from .git_directories import git_directory
from .program import fields, git

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["GITLINK_MODE", "gitlinks", "is_submodule", "only_submodules"]

GITLINK_MODE = "160000"


def gitlinks(checkout: Path) -> frozenset[str]:
    """Return where the index of a checkout has commits of other repositories.

    Raises:
        CommandError: git could not tell.
    """
    rows = (row.partition("\t") for row in fields(git(checkout, "ls-files", "-z", "--stage").out))
    return frozenset(path for meta, _, path in rows if meta.startswith(GITLINK_MODE))


def is_submodule(worktree: Path, path: str) -> bool:
    """Return whether the git directory of a repository inside is git's own, beside that of the worktree."""
    link = worktree / path / ".git"
    try:
        modules = (git_directory(worktree) / "modules").resolve()
        return link.is_file() and git_directory(link.parent).resolve().is_relative_to(modules)
    except Failure:
        return False


def only_submodules(checkout: Path) -> bool:
    """Return whether git may look into the repositories of a checkout, since it has made them all.

    The configuration of any other one may name programs, and whoever can write into the checkout can make
    one, such as what runs in its containers.

    Raises:
        CommandError: git could not tell.
    """
    if not (checkout / ".gitmodules").is_file():
        return False
    filled = [path for path in gitlinks(checkout) if os.path.lexists(checkout / path / ".git")]
    return all(
        is_submodule(checkout, path) and (not gitlinks(checkout / path) or only_submodules(checkout / path))
        for path in filled
    )
