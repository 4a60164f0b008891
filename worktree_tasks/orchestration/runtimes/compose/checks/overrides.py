"""Check: each worktree has its override, without which plain `docker compose` there would act on main."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

from ....steps.doctor_check import CheckLook, found, usable, worktree_count
from ....steps.worktree_lock import holding
from ..override_writing import write_compose

if TYPE_CHECKING:
    from pathlib import Path

    from ....steps.project import Project
    from ....steps.worktree_handle import Tree

__all__ = ["look"]


def look(project: Project) -> CheckLook:
    """Look for missing override files."""
    ready = [
        tree for tree in usable(project) if tree.record.slot is not None and not tree.runtime.lacking(tree)
    ]
    troubles = tuple(
        found(
            "override",
            tree.record.name,
            f"{_place(tree)} is missing; plain `docker compose` there would not know its stack",
            fix=f"wt.write-compose {shlex.quote(tree.record.name)}",
            repair=partial(_write, tree),
        )
        for tree in ready
        if not _place(tree).is_file()
    )
    return CheckLook(f"{worktree_count(ready)} with an override", troubles)


def _place(tree: Tree) -> Path:
    return tree.record.path / tree.input.files.override


def _write(tree: Tree) -> None:
    with holding(tree):
        write_compose(tree)
