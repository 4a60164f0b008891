"""Measures worktrees on other machines, beside the same work on the machine itself, as root.

Run by `.venv-remote/bin/python ci/measuring/hosts.py [ROUNDS]`, in an environment with the extra `remote`.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from harness.boxes import Box, know_boxes
from harness.toys import PROJECTS
from measuring.commands import first_row, sh
from measuring.goals import HEADING, Goal, Row

PROGRAM = str(Path(sys.executable).with_name("worktree-tasks"))
IMAGES = ("python:3.11-slim", "redis:7")
# The program there, with the state that it has for this machine, in the checkout there.
THERE = """\
cd ~/worktree-tasks/shop && ours=~/.local/share/worktree-tasks
program=$ours/programs/$(ls -t $ours/programs | head -n 1)/worktree-tasks
XDG_STATE_HOME=$(echo $ours/laptops/*) exec python3 -s $program "$@"
"""


def main() -> None:
    """Make the boxes and a project, and print what is measured."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    boxes: list[Box] = []
    with tempfile.TemporaryDirectory(prefix="wt-hosts-") as folder:
        try:
            boxes += [Box(*IMAGES), Box(*IMAGES)]
            _measure(Path(folder), *boxes, rounds)
        finally:
            for box in boxes:
                box.remove()


def _measure(folder: Path, box: Box, other: Box, rounds: int) -> None:
    shop = folder / "shop"
    _make(shop)
    docker = os.environ.get("DOCKER_CONFIG", str(Path.home() / ".docker"))
    os.environ |= {"DOCKER_CONFIG": docker, **know_boxes(folder / "home", box, other)}
    os.environ["XDG_STATE_HOME"] = str(folder / "state")
    print(f"load {os.getloadavg()[0]:.2f}, milliseconds\n{HEADING}", flush=True)
    alone = [_ours("list", cwd=shop) for _ in range(rounds)]
    first = tuple(_ours("host-init", one.name, "--yes", cwd=shop) for one in (box, other))
    _print(Row("first set-up of a host", first, "", (), None))
    _ours("new", "warm", "--on", box.name, cwd=shop)
    _seconds_there(box, "new", "warm-there")
    mine, theirs = [], []
    for number in range(rounds):
        mine.append(_ours("new", f"here-{number}", "--on", box.name, cwd=shop))
        theirs.append(_seconds_there(box, "new", f"there-{number}"))
        _ours("remove", f"here-{number}", cwd=shop)
        _seconds_there(box, "remove", f"there-{number}")
    _print(Row("new --on box, to ready", tuple(mine), "on the box itself", tuple(theirs), Goal(1, 600)))
    _ours("new", "warm-other", "--on", other.name, cwd=shop)
    lists = tuple(_ours("list", cwd=shop) for _ in range(rounds))
    _print(Row("list, with two hosts", lists, "before there was one", tuple(alone), Goal(1, 250)))
    rows = tuple(first_row([PROGRAM, "list"], shop, "main") for _ in range(rounds))
    _print(Row("list with two hosts, first rows", rows, "before there was one", tuple(alone), Goal(1, 50)))
    for one in (box, other):
        for name in ("warm", "warm-there") if one is box else ("warm-other",):
            sh([PROGRAM, "forward", name, "--on", one.name, "--stop"], cwd=shop)
    print(f"load {os.getloadavg()[0]:.2f}")


def _make(shop: Path) -> None:
    shutil.copytree(PROJECTS / "boxed", shop)
    (shop / "project_tasks.py").rename(shop / "tasks.py")
    (shop / "example.env").unlink()
    compose = (shop / "compose.yaml").read_text()
    (shop / "compose.yaml").write_text(compose.replace("TOY_WEB", "28900").replace("TOY_NAME", "hostsbench"))
    for words in (
        ["init", "--quiet", "--initial-branch=main"],
        ["config", "user.name", "A"],
        ["config", "user.email", "a@example.org"],
        ["add", "--all"],
        ["commit", "--quiet", "--message", "The shop"],
    ):
        sh(["git", *words], cwd=shop)


def _ours(*words: str, cwd: Path) -> float:
    started = time.perf_counter()
    sh([PROGRAM, *words], cwd=cwd)
    return time.perf_counter() - started


def _seconds_there(box: Box, *words: str) -> float:
    started = time.perf_counter()
    box.run("sh", "-c", THERE, "sh", *words)
    return time.perf_counter() - started


def _print(row: Row) -> None:
    print(row.line(), flush=True)


if __name__ == "__main__":
    main()
