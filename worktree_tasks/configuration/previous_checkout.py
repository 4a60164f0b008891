"""Checkouts: the previous one of a shell, and whether a word names one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy_modules import later
from .name_resolution import MAIN, matching, resolve, standing_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .. import errors
    from .name_resolution import KnownWorktree
    from .shell_targets import KnownCheckouts
else:
    # Loaded for an error alone.
    (errors,) = later(__package__, "..errors")

__all__ = ["far_worktree", "last_checkout", "names_checkout"]


def last_checkout(been: Sequence[str], known: KnownCheckouts, *, function: str) -> str:
    """Return the shell's previous checkout, for `-`.

    Args:
        been: Where they were, the last first.
        known: What is known.
        function: What the function is called, for the answers.

    Raises:
        BadUse: They were in no other one.
    """
    here = _checkout(known.directory, known)
    for directory in been:
        before = _checkout(known.resolve(directory), known)
        if before not in ("", here):
            return before
    raise errors.BadUse(
        "this shell has not been in another worktree",
        f"{function} NAME goes to one; wt.list shows them",
        kind="no-last-worktree",
    )


def far_worktree(word: str, known: KnownCheckouts, *, on: str | None = None) -> KnownWorktree | None:
    """Return the worktree on another machine that a word names; None if there is no known one.

    Args:
        word: What a person typed.
        known: What is known.
        on: The only machine to consider; without it, all of them and this one.

    Raises:
        BadUse: Worktrees of several machines bear the name.
    """
    trees = known.here.trees if known.here else ()
    if not any(tree.on for tree in trees):
        return None
    path = known.resolve(word) if "/" in word else ""
    meant = matching(word, [tree for tree in trees if on in (None, tree.on)], path=path)
    if not any(tree.on for tree in meant):
        return None
    return resolve(word, meant, project="", path=path)


def names_checkout(word: str, known: KnownCheckouts) -> bool:
    """Return whether a word names a worktree of the current project, or its main checkout."""
    if known.here is None:
        return False
    path = known.resolve(word) if "/" in word else ""
    return word in (".", MAIN) or path == known.here.main or bool(matching(word, known.here.trees, path=path))


def _checkout(directory: str, known: KnownCheckouts) -> str:
    """Return the checkout that a directory is in; empty if there is none."""
    trees = [tree for home in known.homes for tree in home.trees]
    if found := standing_in(directory, trees):
        return found.path
    # A project may be inside another one.
    inside = [home.main for home in known.homes if f"{directory}/".startswith(f"{home.main.rstrip('/')}/")]
    return max(inside, key=len, default="")
