"""A command starts no more git processes than it needs. What protects work is asked twice, and stays so."""

from __future__ import annotations

import json
import os
import shlex
from collections import Counter
from pathlib import Path

import pytest
from harness.toys import PROJECTS

pytestmark = pytest.mark.engine

BRANCH = "counted"
# The first list finds out whether commits are merged; that holds for ever, and is noted.
LISTED = ("BESIDE", "list", "list")
COMMANDS = (f"new {BRANCH}", f"stop {BRANCH}", f"start {BRANCH}", *LISTED, f"remove {BRANCH}")
LIMITS = {
    ("lonely", "new"): 15,
    ("lonely", "start"): 8,
    ("lonely", "list"): 9,
    ("lonely", "remove"): 32,
    ("small", "new"): 26,
    ("small", "start"): 12,
    ("small", "list"): 9,
    ("small", "remove"): 36,
}
SHARED = {"lonely": (), "small": ("db", "redis")}


@pytest.fixture(scope="module", params=SHARED)
def asked(make_toy, request):
    """Return the project, and the arguments of each git process that each task started in it."""
    toy = make_toy(PROJECTS / request.param)
    if SHARED[request.param]:
        toy.compose("build", "--quiet", "web")
        toy.compose("up", "--detach", "--wait", "--quiet-pull", *SHARED[request.param])
    watch = str(Path(__file__).parent / "counted")
    noted = toy.folder / "noted"
    path = os.pathsep.join(filter(None, (watch, toy.env.get("PYTHONPATH"))))
    found = {}
    for command in COMMANDS:
        if command == "BESIDE":
            toy.git("worktree", "add", "--quiet", "-b", "beside", str(toy.folder / "beside"))
            toy.git("commit", "--quiet", "--allow-empty", "--message", "Work", cwd=toy.folder / "beside")
            continue
        task, *words = command.split()
        noted.write_text("")
        toy.wt(task, *words, env={"COUNTED": str(noted), "PYTHONPATH": path})
        found[task] = [json.loads(line) for line in noted.read_text().splitlines()]
    yield request.param, found
    toy.destroy()


@pytest.mark.parametrize("task", ["new", "start", "list", "remove"])
def test_a_task_starts_few_git_processes(asked, task):
    project, found = asked
    table = Counter(shlex.join(words) for words in found[task])
    limit = LIMITS[project, task]
    told = "\n".join(f"{count} times git {words}" for words, count in table.items())
    assert 0 < table.total() <= limit, f"{project}, {task}: {table.total()} of {limit}\n{told}"
