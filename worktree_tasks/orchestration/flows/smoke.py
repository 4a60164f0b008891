"""Flow: a smoke test for pipelines: new, answer, list, remove, nothing left."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from ...errors import Failure
from ...quick_dataclasses import dataclass
from .list import listing
from .new import Wish, new
from .remove import remove

if TYPE_CHECKING:
    from ..steps.project import Project

__all__ = ["Smoked", "smoke"]


@dataclass(frozen=True, slots=True)
class Smoked:
    """What a smoke run saw: the worktree's name, where it answered, and how many services it ran."""

    name: str
    url: str | None
    services: int


def smoke(project: Project) -> Smoked:
    """Make a worktree of a new branch, check that it answers and is listed, remove it, check that it is gone.

    Raises:
        Failure: One of these checks failed.
    """
    branch = f"wt-smoke-{secrets.token_hex(4)}"
    tree = new(project, Wish(branch))
    with project.progress.step("smoke") as say:
        listed = {one.branch: one for one in listing(project).worktrees}
        if branch not in listed or listed[branch].state != "running":
            state = listed[branch].state if branch in listed else "not listed"
            raise Failure(
                f"worktree {tree.name} is {state}, not running",
                f"look into it, then run wt.remove {tree.name}",
                kind="smoke-failed",
            )
        record = next(one for one in project.records() if one.branch == branch)
        say(f"{tree.name} answers{f' on {tree.url}' if tree.url else ''}")
    removed = remove(project, branch)
    remaining = [
        *project.runtimes(record.runtime).left_of([record]),
        *([f"directory {removed.path}"] if removed.path.exists() else []),
        *([] if removed.branch_deleted else [f"branch {branch}"]),
        *(f"lease of {one.name}" for one in project.records() if one.branch == branch),
    ]
    if remaining:
        raise Failure(
            f"{tree.name} was not removed completely: {', '.join(remaining)}",
            "please report this line as a bug",
            kind="smoke-failed",
        )
    return Smoked(tree.name, tree.url, len(tree.services))
