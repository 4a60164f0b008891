"""What acts: new, start, remove, and many at once."""

from __future__ import annotations

import json
import os
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .commands import INV, PROGRAM, PYTHON, answering, sh, timed
from .goals import Goal, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .commands import Answered
    from .project import Project

__all__ = ["at_once", "parts_of", "starting", "timeline", "working"]

_TIMELINE = Path(__file__).resolve().parents[1] / "timeline.py"
_AT_ONCE = 16


def working(shop: Project, rounds: int) -> Iterator[Row]:
    """Measure `new` to the first HTTP 200 and `remove` of what runs, in turns with a script."""
    made: dict[str, list[Answered]] = {"hand": [], "inv": [], "program": []}
    removed: dict[str, list[float]] = {"hand": [], "ours": []}
    for turn in range(rounds):
        number, name = turn + 20, f"hand{turn}"
        tree, took = shop.new_by_hand(name, number)
        made["hand"].append(took)
        removed["hand"].append(_took(partial(shop.remove_by_hand, name, tree)))
        shop.forget_by_hand(name)
        for form, words in (("inv", [INV, "wt.new"]), ("program", [PROGRAM, "new"])):
            made[form].append(answering([*words, f"{form}{turn}"], shop.main, shop.web + 1))
            removed["ours"].append(timed([PROGRAM, "remove", f"{form}{turn}"], shop.main))
    yield from _rows("inv wt.new", made["inv"], "by hand", made["hand"], Goal(1.05))
    yield from _rows("worktree-tasks new", made["program"], "by hand", made["hand"], Goal(1.0))
    theirs = tuple(removed["hand"])
    yield Row("remove, running", tuple(removed["ours"]), "down, network, git by hand", theirs, Goal(1.2))


def starting(shop: Project, rounds: int) -> Iterator[Row]:
    """Measure `start` of a stopped stack against Compose's, to the first HTTP 200 of each."""
    sh([PROGRAM, "new", "started"], cwd=shop.main)
    tree = Path(sh([PROGRAM, "path", "started"], cwd=shop.main).rstrip(os.linesep))
    ours, theirs = [], []
    for _ in range(rounds):
        sh(["docker", "compose", "stop", "--timeout", "1"], cwd=tree)
        theirs.append(answering(["docker", "compose", "start"], tree, shop.web + 1))
        sh(["docker", "compose", "stop", "--timeout", "1"], cwd=tree)
        ours.append(answering([PROGRAM, "start", "started"], shop.main, shop.web + 1))
    sh([PROGRAM, "remove", "started"], cwd=shop.main)
    yield from _rows("start, stopped", ours, "docker compose start", theirs, Goal(1.15))


def _rows(
    work: str, ours: Sequence[Answered], beside: str, theirs: Sequence[Answered], goal: Goal
) -> Iterator[Row]:
    """Two rows: to the first 200, which is what a goal is for, and to the command's end."""
    answers = tuple(one.answer for one in ours), tuple(one.answer for one in theirs)
    yield Row(f"{work} to the first 200", answers[0], beside, answers[1], goal)
    ends = tuple(one.end for one in ours), tuple(one.end for one in theirs)
    yield Row(f"{work} to its end", ends[0], beside, ends[1], None)


def at_once(shop: Project) -> Iterator[Row]:
    """Measure sixteen `new --no-start` side by side, for each."""
    names = [f"once{number}" for number in range(_AT_ONCE)]
    started = time.perf_counter()
    words = ([PROGRAM, "new", name, "--no-start", "--quiet"] for name in names)
    running = [
        subprocess.Popen(one, cwd=shop.main, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for one in words
    ]
    codes = [one.wait() for one in running]
    each = (time.perf_counter() - started) / _AT_ONCE
    if any(codes):
        raise SystemExit(f"ci/bench: some of {_AT_ONCE} at once failed: {codes}")
    for name in names:
        sh([PROGRAM, "remove", name], cwd=shop.main)
    yield Row(f"{_AT_ONCE} new --no-start at once, each", (each,), "", (), Goal(0, 350))


def timeline(shop: Project) -> list[dict[str, Any]]:
    """Return when each part of one `inv wt.new` began and ended."""
    parts = parts_of(shop, "inv", "wt.new", "timed")
    sh([PROGRAM, "remove", "timed"], cwd=shop.main)
    return parts


def parts_of(shop: Project, *words: str) -> list[dict[str, Any]]:
    """Return when each part of a command of ours began and ended, in seconds since it was typed."""
    file = shop.main.parent / "timeline"
    sh([PYTHON, str(_TIMELINE), str(file), *words], cwd=shop.main, env={"STARTED": str(time.time())})
    parts: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return parts


def _took(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
