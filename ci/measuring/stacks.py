"""What acts: new, start, remove, and many at once."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .commands import INV, PROGRAM, PYTHON, sh, timed, until_answer
from .goals import Goal, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .project import Project

__all__ = ["at_once", "starting", "timeline", "working"]

_TIMELINE = Path(__file__).resolve().parents[1] / "timeline.py"
_AT_ONCE = 16


def working(shop: Project, rounds: int) -> Iterator[Row]:
    """Measure `new` to the first HTTP 200 and `remove` of what runs, in turns with a script."""
    made: dict[str, list[float]] = {"hand": [], "inv": [], "program": []}
    removed: dict[str, list[float]] = {"hand": [], "ours": []}
    for turn in range(rounds):
        number, name = turn + 20, f"hand{turn}"
        started = time.perf_counter()
        tree = shop.new_by_hand(name, number)
        until_answer(shop.web + number)
        made["hand"].append(time.perf_counter() - started)
        removed["hand"].append(_took(lambda name=name, tree=tree: shop.remove_by_hand(name, tree)))
        shop.forget_by_hand(name)
        for form, words in (("inv", [INV, "wt.new"]), ("program", [PROGRAM, "new"])):
            started = time.perf_counter()
            sh([*words, f"{form}{turn}"], cwd=shop.main)
            until_answer(shop.web + 1)
            made[form].append(time.perf_counter() - started)
            removed["ours"].append(timed([PROGRAM, "remove", f"{form}{turn}"], shop.main))
    hand = tuple(made["hand"])
    yield Row("inv wt.new to the first 200", tuple(made["inv"]), "by hand", hand, Goal(1.05))
    yield Row("worktree-tasks new to the first 200", tuple(made["program"]), "by hand", hand, Goal(1.0))
    theirs = tuple(removed["hand"])
    yield Row("remove, running", tuple(removed["ours"]), "down, network, git by hand", theirs, Goal(1.2))


def starting(shop: Project, rounds: int) -> Iterator[Row]:
    """Measure `start` of a stopped stack against Compose's, to the first HTTP 200 of each."""
    tree = Path(sh([PROGRAM, "new", "started", "--json"], cwd=shop.main) and _path(shop, "started"))
    ours, theirs = [], []
    for _ in range(rounds):
        sh(["docker", "compose", "stop", "--timeout", "1"], cwd=tree)
        theirs.append(_took(lambda: _answering(shop, ["docker", "compose", "start"], tree)))
        sh(["docker", "compose", "stop", "--timeout", "1"], cwd=tree)
        ours.append(_took(lambda: _answering(shop, [PROGRAM, "start", "started"], shop.main)))
    sh([PROGRAM, "remove", "started"], cwd=shop.main)
    yield Row("start, stopped", tuple(ours), "docker compose start", tuple(theirs), Goal(1.15))


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


def timeline(shop: Project, file: Path) -> list[dict[str, object]]:
    """Return when each part of one `inv wt.new` began and ended."""
    environ = {"STARTED": str(time.time())}
    sh([PYTHON, str(_TIMELINE), str(file), "inv", "wt.new", "timed"], cwd=shop.main, env=environ)
    sh([PROGRAM, "remove", "timed"], cwd=shop.main)
    parts: list[dict[str, object]] = json.loads(file.read_text(encoding="utf-8"))
    return parts


def _took(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _answering(shop: Project, words: list[str], cwd: Path) -> None:
    sh(words, cwd=cwd)
    until_answer(shop.web + 1)


def _path(shop: Project, name: str) -> str:
    return sh([PROGRAM, "path", name], cwd=shop.main).rstrip(os.linesep)
