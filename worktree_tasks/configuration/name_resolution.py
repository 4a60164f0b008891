"""Resolve NAME to a worktree, in the same way for tasks and shell functions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..lazy_modules import later
from ..printable import shortened
from ..quick_dataclasses import dataclass
from .naming import did_you_mean, fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .. import errors
    from . import paths_during_removal
else:
    # Loaded for an error alone.
    (errors,) = later(__package__, "..errors")
    # Only words that are paths need it.
    (paths_during_removal,) = later(__package__, ".paths_during_removal")

__all__ = ["MAIN", "KnownWorktree", "matching", "names_main", "resolve", "standing_in"]

# The name of the main checkout, unless a worktree has it.
MAIN = "main"

_WORD_LENGTH = 60
_LISTED = 5


@dataclass(slots=True, frozen=True)
class KnownWorktree:
    """A recorded worktree.

    Attributes:
        name: Its slug.
        branch: The branch it was created for.
        path: Its directory; for one on another machine, `MACHINE:DIRECTORY`.
        ready: Whether it was created completely.
        current: The branch that it has checked out, if that was read.
        key: Its record's key.
        moved: Whether it is not where its record says.
        on: The machine that it is on; None for this one.
    """

    name: str
    branch: str
    path: str
    ready: bool = True
    current: str | None = None
    key: str = ""
    moved: bool = False
    on: str | None = None

    @property
    def checked_out(self) -> str:
        """The branch that it has checked out, if known; otherwise the one that it was created for."""
        return self.current or self.branch

    @property
    def home(self) -> str:
        """Where its directory belongs: its path, unless a removal moved it aside."""
        if self.on is not None:
            return self.path
        return str(paths_during_removal.home_path(Path(self.path), self.key))


def resolve(
    word: str, worktrees: Sequence[KnownWorktree], *, project: str, path: str = "", directory: str = ""
) -> KnownWorktree:
    """Resolve a branch, slug or path to a worktree of a project; `.` is the current one.

    Args:
        word: What they typed.
        worktrees: Those of the project.
        project: What the project is called.
        path: The real path of the word, where it can be one.
        directory: The real path of where they stand, where that matters.

    Raises:
        BadUse: No worktree, or more than one, has the name.
    """
    if word == ".":
        if found := standing_in(directory, worktrees):
            return found
        raise errors.BadUse(
            "this directory is not in a managed worktree",
            "give the worktree's name; wt.list shows them",
            kind="outside-project",
        )
    meant = matching(word, worktrees, path=path)
    if len(meant) == 1:
        return meant[0]
    if meant:
        both = ", ".join(sorted(f"{one.checked_out} ({one.path})" for one in meant))
        given = any(word == one.checked_out for one in meant)
        hint = f"give {'' if given else 'the branch or '}the directory exactly as it is written there"
        if any(one.on for one in meant):
            hint = "give the directory as it is written there; MACHINE:NAME and --on MACHINE mean one there"
        raise errors.BadUse(f"{word!r} is ambiguous: {both}", hint, kind="ambiguous-name")
    raise errors.BadUse(
        f"{project} has no worktree called {shortened(word, _WORD_LENGTH)!r}",
        _hint(word, worktrees),
        kind="unknown-worktree",
    )


def matching(word: str, worktrees: Sequence[KnownWorktree], *, path: str = "") -> list[KnownWorktree]:
    """Return the worktrees that match a word, by the first of these rules with any match.

    Its path; a machine and what it is called there, as `box:auth`; its slug or what it has checked out, first
    as written, then with `-`, `_`, `/`, `.` and capitals not told apart; the branch it was made for, in the
    same two ways.
    """
    key = fold(word)
    return (
        [one for one in worktrees if path and path in (one.path, one.home)]
        or [one for one in worktrees if _names_far(word, one)]
        or [one for one in worktrees if word in (one.name, one.checked_out)]
        or [one for one in worktrees if key in (fold(one.name), fold(one.checked_out))]
        or [one for one in worktrees if word == one.branch]
        or [one for one in worktrees if key == fold(one.branch)]
    )


def _names_far(word: str, tree: KnownWorktree) -> bool:
    # An IPv6 address has colons too.
    on = f"{tree.on}:" if tree.on else ""
    rest = word.removeprefix(on)
    return rest != word and (word == tree.path or rest in (tree.name, tree.checked_out))


def standing_in(directory: str, worktrees: Iterable[KnownWorktree]) -> KnownWorktree | None:
    """Return the worktree that a directory is in."""
    return next((one for one in worktrees if f"{directory}/".startswith(f"{one.path.rstrip('/')}/")), None)


def names_main(word: str, path: str, *, main: str) -> bool:
    """Return whether a word that matches no worktree means the main checkout: its name, or its directory."""
    return word == MAIN or path == main


def _hint(word: str, worktrees: Sequence[KnownWorktree]) -> str:
    if word == MAIN:
        return "main is the main checkout, which wt.path, wt.open, wt.logs and wt.run take"
    if meant := did_you_mean(word, [text for one in worktrees for text in (one.name, one.checked_out)]):
        return meant
    listed = ", ".join(one.name for one in worktrees[:_LISTED])
    return f"its worktrees: {listed}; wt.list shows them all" if listed else "wt.list shows them all"
