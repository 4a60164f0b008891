"""A worktree's `.git` leads to its repository, or git is asked nothing there.

What runs in a worktree's containers can replace it, and git would run what that one's configuration names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import git
from ...errors import Refused

if TYPE_CHECKING:
    from ...store import Record
    from .project import Site

__all__ = ["is_linked", "refuse_unlinked"]


def is_linked(site: Site, record: Record) -> bool:
    """Tell whether git answers for a worktree in its directory, or there is none that it could answer in."""
    return not record.path.is_dir() or git.is_linked(site.repository, record.path)


def refuse_unlinked(site: Site, record: Record, *, because: str = "") -> None:
    """Refuse to work in a directory whose `.git` leads elsewhere.

    Args:
        site: The project.
        record: The worktree.
        because: What does not happen, as the message begins.

    Raises:
        Refused: It does.
    """
    if not is_linked(site, record):
        link = record.home / ".git"
        raise Refused(
            f"{because}{link} does not lead to {site.repository.common_dir}",
            f"if {link} is a repository of its own, move that away; then wt.doctor --fix",
        )
