"""A check: what it looks at, what is wrong there, and how that is fixed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...configuration.doctor_findings import FIX, Finding
from .git_link import is_linked
from .tree import trees

if TYPE_CHECKING:
    from collections.abc import Callable

    from .project import Project
    from .tree import Tree

__all__ = ["Check", "CheckLook", "Trouble", "found", "usable"]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A finding, and what fixes it; None when only a person can."""

    finding: Finding
    repair: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class CheckLook:
    """What a check saw: words for where nothing is wrong, and what is."""

    said: str
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    Attributes:
        name: What it is called.
        look: Looks, and changes nothing.
        engine: Whether it needs a Docker Engine.
        recording: Whether its repair writes records only. Without `--fix`, when these are a copy that is
            forgotten, it is fixed too, so that the checks after it do not take its findings for theirs.
    """

    name: str
    look: Callable[[Project], CheckLook]
    engine: bool = True
    recording: bool = False


def found(
    kind: str, subject: str, what: str, *, fix: str = FIX, repair: Callable[[], object] | None = None
) -> Trouble:
    """Return a trouble."""
    return Trouble(Finding(kind, subject, what, fix), repair)


def usable(project: Project) -> tuple[Tree, ...]:
    """Return the worktrees that are ready, have their directory, and that no other command works on.

    One whose `.git` leads elsewhere is told of once, as a directory.
    """
    return tuple(
        tree
        for tree in trees(project)
        if tree.record.state == "ready"
        and tree.record.path.is_dir()
        and is_linked(tree)
        and not project.locks.busy(tree.record.branch)
    )
