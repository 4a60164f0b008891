"""Killed before any step, program, request, transaction or file: the same command again finishes or undoes."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from faults import LONG, Ended
from stage import SMALL, Stage, leave_work, points_to_strike, ways_to_strike

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

pytestmark = pytest.mark.engine

WALKED = "walked"


@pytest.fixture(scope="module")
def stage(make_toy):
    toy = make_toy(SMALL)
    made = Stage(toy)
    yield made
    made.close()
    toy.destroy()


@dataclass
class Flow:
    """A command and the state of things before and after it.

    Attributes:
        words: The command.
        prepare: Brings about what it starts from.
        after: The worktrees that are there then, with their stacks.
        verify: Looks at what else has to be so.
        env: Environment variables.
        points: How many restore points there are then.
        like: A flow before it, whose events are not struck again in the short run.
        again: How those of them begin that are, since the next run finds another state.
    """

    words: tuple[str, ...]
    prepare: Callable[[Stage], None]
    after: Mapping[str, str] = field(default_factory=dict)
    verify: Callable[[Stage], None] = lambda _: None
    env: Mapping[str, str] = field(default_factory=dict)
    points: int = 0
    like: str = ""
    again: tuple[str, ...] = (
        "store: ",
        "file: os.rename",
        "program: git worktree",
        "program: git update-ref",
    )


def absent(stage: Stage) -> None:
    if stage.row(WALKED):
        stage.stable.done("remove", WALKED, "--force")
    stage.drop_points()


def nothing(stage: Stage) -> None:
    """Neither the worktree nor what another walk left of it."""
    stage.witness.forget(WALKED)
    absent(stage)
    stage.toy.run("git", "branch", "-D", WALKED)


def made(stage: Stage) -> None:
    if not stage.row(WALKED):
        stage.stable.done("new", WALKED, "--no-start")


def running(stage: Stage) -> None:
    stage.drop_points()
    stage.stable.done("start" if stage.row(WALKED) else "new", WALKED)


def stopped(stage: Stage) -> None:
    if not stage.row(WALKED):
        running(stage)
    stage.stable.done("stop", WALKED)


def worked_in(stage: Stage) -> None:
    """A worktree with a commit and with work in it: as it came back, where it was removed before."""
    if stage.toy.git("for-each-ref", "refs/worktree-tasks/trash/"):
        stage.stable.done("restore", WALKED)
        assert files_of(stage) == stage.left
    else:
        made(stage)
        leave_work(stage.toy.root / WALKED)
        stage.toy.git("commit", "--quiet", "--allow-empty", "-m", "x", cwd=stage.toy.root / WALKED)
        stage.left = files_of(stage)
    stage.drop_points()


def files_of(stage: Stage) -> dict[str, Any]:
    """Return the files of the worktree without the override, which no restore point holds: it is made anew."""
    files = stage.witness.files(WALKED)
    return {path: file for path, file in files.items() if path != "compose.override.yaml"}


def thrown_away(stage: Stage) -> None:
    worked_in(stage)
    stage.stable.done("remove", WALKED, "--force")


def as_it_was(stage: Stage) -> None:
    assert files_of(stage) == stage.left


def merged(stage: Stage) -> None:
    """A worktree whose one commit is in main."""
    stage.drop_points()
    made(stage)
    stage.toy.git("commit", "--quiet", "--allow-empty", "-m", "y", cwd=stage.toy.root / WALKED)
    stage.toy.git("merge", "--quiet", "--ff-only", WALKED)


def branch_is_gone(stage: Stage) -> None:
    assert stage.toy.git("branch", "--list", WALKED) == ""


FLOWS = {
    "new-no-start": Flow(("new", WALKED, "--no-start"), absent, {WALKED: "none"}),
    "new": Flow(("new", WALKED), absent, {WALKED: "running"}, like="new-no-start", again=("~",)),
    "stop": Flow(("stop", WALKED), running, {WALKED: "stopped"}),
    "start": Flow(("start", WALKED), stopped, {WALKED: "running"}),
    "remove-force": Flow(("remove", WALKED, "--force"), worked_in, {}, points=1),
    "remove": Flow(("remove", WALKED), running, {}, branch_is_gone, like="remove-force"),
    "restore": Flow(("restore", WALKED), thrown_away, {WALKED: "none"}, as_it_was, points=1),
    "clean": Flow(
        ("clean", "--yes"),
        merged,
        {},
        branch_is_gone,
        {"INVOKE_WT_CLEAN_MIN_AGE": "0"},
        points=1,
        like="remove-force",
    ),
}


def finish(stage: Stage, flow: Flow) -> Ended:
    """Run the command again, and see that it does or has done what it is for."""
    again = stage.stable.run(*flow.words, env=flow.env)
    if flow.words[0] == "remove" and again.code == 2:
        assert "no worktree" in again.err, again
    else:
        assert again.code == 0, again
    kept = [WALKED] if stage.toy.git("branch", "--list", WALKED) else []
    stage.check(flow.after, points=flow.points, kept=kept)
    flow.verify(stage)
    return again


@pytest.mark.parametrize("name", FLOWS)
def test_killed_anywhere_the_same_command_again_ends_well(stage, name, record_property):
    flow = FLOWS[name]
    kills, faults = stage.kills, stage.faults
    nothing(stage)
    for _ in range(2):  # from the second time on nothing is done for the first time
        flow.prepare(stage)
        clean = stage.stable.run(*flow.words, env=flow.env)
        assert clean.code == 0, clean
        finish(stage, flow)
    for branch in flow.after:
        stage.witness.remember(branch)
    points = points_to_strike(clean.events)
    stage.walked[name] = {line for line, _ in points}
    print(name, len(clean.events), len(points))
    wrong = []
    for line, turn in points:
        if not LONG and line in stage.walked.get(flow.like, ()) and not line.startswith(flow.again):
            continue
        for how in ways_to_strike(line):
            try:
                flow.prepare(stage)
                struck = stage.strike(flow.words, line, turn, how, env=flow.env)
                if how == "fail":
                    assert struck.code in range(5), struck
                    assert "Traceback" not in struck.err, struck
                finish(stage, flow)
            except AssertionError as error:
                print("WRONG", name, line, turn, how, str(error)[:1500], file=sys.stderr)
                wrong.append((line, turn, how))
                recover(stage)
    record_property("kills survived", stage.kills - kills)
    record_property("faults survived", stage.faults - faults)
    assert not wrong


def recover(stage):
    toy = stage.toy
    import shutil

    for _ in range(3):
        absent_ = stage.stable.run("remove", WALKED, "--force")
        if absent_.code in (0, 2):
            break
    print(absent_, file=sys.stderr) if absent_.code not in (0, 2) else None
    stage.drop_points()
    toy.run("git", "branch", "-D", WALKED)
    for one in stage.stable.temporary.iterdir():
        shutil.rmtree(one) if one.is_dir() else one.unlink()
    for one in toy.root.iterdir() if toy.root.exists() else ():
        if one.name != "by-stander":
            shutil.rmtree(one)
