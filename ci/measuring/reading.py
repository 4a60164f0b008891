"""What reads: lists of few and many worktrees, and what a shell asks between two keystrokes."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from .commands import INV, PROGRAM, PYTHON, first_row, sh, timed
from .goals import Goal, Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .project import Project

__all__ = ["asking", "lists", "many"]

_COUNTS = {1: (60, 70), 10: (80, 90), 50: (160, 170)}
_FIRST_ROWS = 60
_THREADS = 4
_NOTHING = "import sqlite3, json, pathlib, subprocess"


def many(shop: Project, count: int) -> None:
    """Have so many worktrees there, the first of which runs."""
    there = len(list((shop.main.parent / f"{shop.name}.worktrees").glob("many*")))
    for number in range(there, count):
        words = [PROGRAM, "new", f"many{number}", *(["--no-start"] if number else [])]
        sh(words, cwd=shop.main)


def lists(shop: Project, rounds: int) -> Iterator[Row]:
    """Measure `list` with 1, 10 and 50 worktrees, against what Invoke's own start takes."""
    for count, (by_inv, by_program) in _COUNTS.items():
        many(shop, count)
        forms: dict[str, list[float]] = {"inv": [], "program": [], "rows": [], "version": [], "status": []}
        for _ in range(rounds):
            forms["version"].append(timed([INV, "--version"], shop.main))
            forms["inv"].append(timed([INV, "wt.list"], shop.main))
            forms["program"].append(timed([PROGRAM, "list"], shop.main))
            forms["rows"].append(first_row([PROGRAM, "list"], shop.main, "many0"))
            forms["status"].append(_statuses(shop))
        version, ours = tuple(forms["version"]), tuple(forms["program"])
        yield Row(f"inv wt.list, {count}", tuple(forms["inv"]), "inv --version", version, Goal(1, by_inv))
        yield Row(f"worktree-tasks list, {count}", ours, "", (), Goal(0, by_program))
        rows = tuple(forms["rows"])
        yield Row(f"worktree-tasks list, {count}, first rows", rows, "", (), Goal(0, _FIRST_ROWS))
    statuses = tuple(forms["status"])
    yield Row("worktree-tasks list, 50", ours, "50 git status, four threads", statuses, Goal(1.4))


def asking(shop: Project, rounds: int) -> Iterator[Row]:
    """Measure what the shell waits for: where a worktree is, a TAB, and going to a worktree that runs."""
    many(shop, 1)
    words = {
        "worktree-tasks path": [PROGRAM, "path", "many0"],
        "a TAB after wt": [PROGRAM, "--candidates", "wt", ""],
        "a TAB after a task": [PROGRAM, "--candidates", "worktree-tasks", "new", "--"],
    }
    for what, argv in words.items():
        ours, bare = [], []
        for _ in range(rounds):
            bare.append(timed([PYTHON, "-c", _NOTHING], shop.main))
            ours.append(timed(argv, shop.main))
        yield Row(what, tuple(ours), "python, what it imports", tuple(bare), Goal(1.4))
    functions = shop.main.parent / "functions.bash"
    functions.write_text(sh([PROGRAM, "shell-init", "bash"], cwd=shop.main), encoding="utf-8")
    shell = ["bash", "--norc", "-c", f"source {functions}; wt many0"]
    without = ["bash", "--norc", "-c", f"source {functions}"]
    ours, bare = [], []
    for _ in range(rounds):
        bare.append(timed(without, shop.main))
        ours.append(timed(shell, shop.main))
    yield Row("wt NAME, running", tuple(ours), "bash with the functions", tuple(bare), Goal(1, 60))


def _statuses(shop: Project) -> float:
    """Return how long a `git status` of each worktree takes, four at a time."""
    trees = sorted(Path(shop.main.parent / f"{shop.name}.worktrees").glob("many*"))
    started = time.perf_counter()
    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(lambda tree: sh(["git", "status", "--porcelain"], cwd=tree), trees))
    return time.perf_counter() - started
