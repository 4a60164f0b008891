"""Where a checkout's git directory is, read from its `.git` without running git."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..errors import Failure

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["common_directory", "git_directory"]


def git_directory(checkout: Path) -> Path:
    """Return the git directory of a checkout's root.

    Raises:
        Failure: There is none.
    """
    link = checkout / ".git"
    if link.is_dir():
        return link
    try:
        # As bytes: reading text would change line ends, and a path may contain a `\r`.
        text = os.fsdecode(link.read_bytes())
    except OSError as error:
        raise Failure(
            f"{checkout} is not a checkout", "git worktree list shows them", kind="link-broken"
        ) from error
    if not text.startswith("gitdir: "):
        raise Failure(
            f"{link} does not name a git directory", "git worktree repair may fix it", kind="link-broken"
        )
    return checkout / text.removeprefix("gitdir: ").removesuffix("\n")


def common_directory(checkout: Path) -> Path:
    """Return the git directory that a checkout's root shares with its other worktrees.

    Raises:
        Failure: There is none.
    """
    own = git_directory(checkout)
    try:
        return own / os.fsdecode((own / "commondir").read_bytes().removesuffix(b"\n"))
    except FileNotFoundError:
        return own
