"""Compose files that are symbolic links."""

from __future__ import annotations

from ...errors import BadUse

__all__ = ["lost_link"]


def lost_link(name: str, destination: str) -> BadUse:
    """Return the error for a compose file that is a symbolic link to a file that does not exist."""
    return BadUse(
        f"{name} is a symbolic link to {destination}, which is not there",
        "correct it; out of the repository, an absolute link leads to the same file from every worktree, and"
        " a relative one does if the setting `root: ..` puts worktrees beside main",
        kind="no-compose-file",
    )
