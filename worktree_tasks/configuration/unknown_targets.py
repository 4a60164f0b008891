"""Errors for words of a shell function that refer to no project and no worktree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import BadUse
from .formatting import spoken_choice, spoken_list
from .naming import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["empty_name", "name_missing", "no_project", "outside_project", "project_gone"]

_NAMED = 5


def empty_name(function: str, takes: str) -> BadUse:
    """Return the error for a name that is empty, as an unset variable is; `takes` is what to give instead."""
    return BadUse("a name is empty", f"{function} {takes}; leave out what is optional", kind="wrong-names")


def no_project(
    word: str, projects: Sequence[str], owners: Sequence[tuple[str, str]], *, function: str
) -> BadUse:
    """Return the error for a word that is no project's name.

    Args:
        word: The word.
        projects: The names of the known projects.
        owners: The projects that have a worktree of this name, with their main checkouts.
        function: The shell function's name.
    """
    what = f"no project is called {word!r}"
    if owners:
        having = spoken_choice([name for name, _ in owners], "and")
        ways = [f"{function} {name if projects.count(name) == 1 else main} {word}" for name, main in owners]
        return BadUse(f"{what}, but {having} has such a worktree", " or ".join(ways), kind="unknown-project")
    hint = did_you_mean(word, projects) or _known_projects(projects)
    return BadUse(
        what, hint or "a project becomes known when you make or list a worktree in it", kind="unknown-project"
    )


def outside_project(projects: Sequence[str], directory: str, usage: str) -> BadUse:
    """Return the error for a current directory that is in no project, where one is needed.

    Args:
        projects: The names of the known projects.
        directory: The current directory; empty if it is gone.
        usage: What to type instead.
    """
    known = _known_projects(projects)
    what = "this directory is in no project" if directory else "the current directory no longer exists"
    hint = f"{usage}; {known}" if known else "cd into a project first"
    return BadUse(what, hint, kind="outside-project")


def _known_projects(names: Sequence[str]) -> str:
    return f"the known projects are {spoken_list(sorted(set(names)), _NAMED)}" if names else ""


def name_missing(project: str, function: str) -> BadUse:
    """Return the error for a project where a worktree's name is needed."""
    hint = f"{function} {project} NAME, with the name of one of its worktrees"
    return BadUse(f"{project} is a project", hint, kind="name-missing")


def project_gone(project: str, main: str) -> BadUse:
    """Return the error for a project whose main checkout is missing."""
    what = f"the project {project} is gone: {main} does not exist"
    return BadUse(what, "wt.projects forgets it", kind="project-gone")
