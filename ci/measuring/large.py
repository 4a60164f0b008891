"""What a repository of many files and branches costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .commands import PROGRAM, sh, timed
from .goals import Goal, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .project import Project

__all__ = ["sizes"]

_FILES, _BRANCHES = 50_000, 3_000


def sizes(small: Project, large: Project, rounds: int) -> Iterator[Row]:
    """Measure `new --no-start` and `list` in a large repository, against a small one and git's own work."""
    large.grow(_FILES, _BRANCHES)
    made: dict[str, list[float]] = {"git": [], "small": [], "large": []}
    for turn in range(rounds):
        name, tree = f"size{turn}", large.main.parent / f"plain{turn}"
        plain = ["git", "worktree", "add", "--quiet", "-b", f"plain{turn}", str(tree)]
        made["git"].append(timed(plain, large.main))
        sh(["git", "worktree", "remove", "--force", str(tree)], cwd=large.main)
        for project, form in ((small, "small"), (large, "large")):
            made[form].append(timed([PROGRAM, "new", name, "--no-start"], project.main))
            sh([PROGRAM, "remove", name], cwd=project.main)
    base = tuple(1.1 * git + one for git, one in zip(made["git"], made["small"], strict=True))
    what = "1.1 git worktree add + small"
    yield Row("new --no-start, 50,000 files", tuple(made["large"]), what, base, Goal(1.0))
    listed: dict[str, list[float]] = {"git": [], "small": [], "large": []}
    for project in (small, large):
        sh([PROGRAM, "new", "listed", "--no-start"], cwd=project.main)
    for _ in range(rounds):
        listed["git"].append(timed(["git", "status", "--porcelain"], large.main))
        listed["small"].append(timed([PROGRAM, "list"], small.main))
        listed["large"].append(timed([PROGRAM, "list"], large.main))
    base = tuple(1.5 * one + git for git, one in zip(listed["git"], listed["small"], strict=True))
    yield Row("list, 50,000 files", tuple(listed["large"]), "1.5 small + git status", base, Goal(1.0))
