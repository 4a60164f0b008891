"""Gitlinks of a checkout, and which of them are submodules that git itself created."""

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
    """Return the paths of gitlinks in the index of a checkout.

    Raises:
        CommandError: git failed.
    """
    rows = (row.partition("\t") for row in fields(git(checkout, "ls-files", "-z", "--stage").out))
    return frozenset(path for meta, _, path in rows if meta.startswith(GITLINK_MODE))


def is_submodule(worktree: Path, path: str) -> bool:
    """Return whether a nested repository is a submodule, with its git directory in the worktree's."""
    link = worktree / path / ".git"
    try:
        modules = (git_directory(worktree) / "modules").resolve()
        return link.is_file() and git_directory(link.parent).resolve().is_relative_to(modules)
    except Failure:
        return False


def only_submodules(checkout: Path) -> bool:
    """Return whether git may look into the nested repositories of a checkout, since it created them all.

    The configuration of any other repository may name programs, and anything that can write into the checkout
    can create one, such as a program in its containers.

    Raises:
        CommandError: git failed.
    """
    if not (checkout / ".gitmodules").is_file():
        return False
    filled = [path for path in gitlinks(checkout) if os.path.lexists(checkout / path / ".git")]
    return all(
        is_submodule(checkout, path) and (not gitlinks(checkout / path) or only_submodules(checkout / path))
        for path in filled
    )
