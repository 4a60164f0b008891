"""A check of `wt.doctor`: what it finds, and how to fix that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...configuration.doctor_findings import FIX, Finding
from ...configuration.formatting import spoken_count
from ...quick_dataclasses import dataclass
from .git_link import is_linked
from .worktree_handle import trees

if TYPE_CHECKING:
    from collections.abc import Callable, Sized

    from .project import Project
    from .worktree_handle import Tree

__all__ = ["Check", "CheckLook", "Trouble", "found", "usable", "worktree_count"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A finding, and what fixes it; None if only the user can."""

    finding: Finding
    repair: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class CheckLook:
    """The result of a check: a summary for when nothing is wrong, and the troubles."""

    summary: str
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        name: Its name.
        look: Runs the check, without changing anything.
        engine: Whether it needs a Docker Engine.
        recording: Whether its repair writes records only. Then it is repaired even without `--fix`, in the
            temporary copy of the records, so that later checks do not report the same fault.
    """

    name: str
    look: Callable[[Project], CheckLook]
    engine: bool = True
    recording: bool = False


def worktree_count(worktrees: Sized) -> str:
    """Return how many worktrees a check looked at, for its summary."""
    return spoken_count(len(worktrees), "worktree") or "no worktree"


def found(
    kind: str, subject: str, what: str, *, fix: str = FIX, repair: Callable[[], object] | None = None
) -> Trouble:
    """Return a trouble."""
    return Trouble(Finding(kind, subject, what, fix), repair)


def usable(project: Project) -> tuple[Tree, ...]:
    """Return the worktrees that are ready, have their directory, and are not in use by another command.

    A worktree whose `.git` points elsewhere is left out: the check of directories reports it.
    """
    return tuple(
        tree
        for tree in trees(project)
        if tree.record.state == "ready"
        and tree.record.path.is_dir()
        and is_linked(tree)
        and not project.locks.busy(tree.record.branch)
    )
