"""Find a worktree of a project by its branch, by what the user calls it, or by its path."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ... import git
from ...configuration.name_resolution import KnownWorktree, names_main, resolve
from ...errors import BadUse
from ...machine.known_projects import expanded
from .main_checkout import MainTree
from .worktree_handle import Tree, trees

if TYPE_CHECKING:
    from .project import Project

__all__ = ["entry_around", "find_by_branch", "find_checkout", "find_recorded", "find_tree"]


def find_by_branch(project: Project, branch: str) -> Tree | None:
    """Return the worktree that has a branch checked out, or that was made for it and has none; else None."""
    ours = trees(project)
    current = git.branches_by_place(project.repository)
    on = next((one for one in ours if current.get(one.record.path) == branch), None)
    made = (one for one in ours if one.record.branch == branch and one.record.path not in current)
    return on or next(made, None)


def find_recorded(project: Project, path: Path) -> Tree | None:
    """Return our worktree with a directory; None if it is not ours."""
    return next((one for one in trees(project) if one.record.path == path), None)


def entry_around(project: Project, place: Path) -> git.Entry | None:
    """Return git's entry for the checkout that a directory is in; None if it is in none."""
    around = [one for one in project.worktrees() if place.is_relative_to(one.path.resolve())]
    return max(around, key=lambda one: len(one.path.parts), default=None)


def find_tree(project: Project, name: str) -> Tree:
    """Find a worktree by branch, slug or path; `.` is the one that contains the current directory.

    Raises:
        BadUse: No worktree or several match.
    """
    place = expanded(name).resolve() if os.sep in name else None
    records = project.records(place)
    branches = git.branches_by_place(project.repository)
    known = [
        KnownWorktree(
            one.name, one.branch, str(one.path.resolve()), current=branches.get(one.path), key=one.key
        )
        for one in records
    ]
    recorded = project.known()
    match = resolve(
        name,
        known,
        project=recorded.name if recorded else project.main.name,
        path=str(place or ""),
        directory=str(Path.cwd()),
    )
    return next(Tree(project, one) for one in records if one.key == match.key)


def find_checkout(project: Project, name: str) -> Tree:
    """Find a worktree by name, or the main checkout by `main` or its path.

    Raises:
        BadUse: No worktree or several match.
    """
    try:
        return find_tree(project, name)
    except BadUse as error:
        path = str(expanded(name).resolve()) if os.sep in name else ""
        if error.kind == "unknown-worktree" and names_main(name, path, main=str(project.main.resolve())):
            return MainTree(project)
        raise
