"""Whether facts about commits can be cached without limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .git_directories import content

if TYPE_CHECKING:
    from .repository import Repository

__all__ = ["has_fixed_history"]

_REPLACED = b"refs/replace/"


def has_fixed_history(repo: Repository) -> bool:
    """Return whether a commit of a repository always has the same history.

    It may change if the history is shallow, or if commits are replaced:
    https://git-scm.com/docs/shallow and https://git-scm.com/docs/git-replace
    """
    common = repo.common_dir
    moving = (
        common / "shallow",
        common / "info" / "grafts",
        common / "refs" / "replace",
        common / "reftable",
    )
    packed = content(common / "packed-refs") or b""
    return _REPLACED not in packed and not any(place.exists() for place in moving)
