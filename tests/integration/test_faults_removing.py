"""What takes worktrees away and brings them back is killed before anything it does: nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness.faults.invariants import restore_points
from harness.faults.stage import WALKED
from harness.faults.walk import Flow, walking
from harness.work import leave_work, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.faults.stage import Stage
    from harness.faults.walk import Walk

pytestmark = pytest.mark.engine

# What is recorded decides what the next run does.
STATE = ("store: ",)


def made(stage: Stage) -> None:
    if not stage.there():
        stage.stable.done("new", WALKED, "--no-start")


def running(stage: Stage) -> None:
    stage.stable.done("start" if stage.there() else "new", WALKED)


def worked_in(stage: Stage) -> None:
    """A worktree with a commit and with work in it: as it came back, where it was removed before."""
    if restore_points(stage.toy):
        stage.stable.done("restore", WALKED)
        as_it_was(stage)
    else:
        made(stage)
        commit(stage, "Work")
        leave_work(stage.tree)
        stage.left = snapshot(stage.tree)
    stage.drop_points()


def commit(stage: Stage, message: str) -> None:
    stage.toy.git("commit", "--quiet", "--allow-empty", "--message", message, cwd=stage.tree)


def thrown_away(stage: Stage) -> None:
    worked_in(stage)
    stage.stable.done("remove", WALKED, "--force")


def as_it_was(stage: Stage) -> None:
    assert snapshot(stage.tree) == stage.left


def landed(stage: Stage) -> None:
    """A worktree whose one commit is in main."""
    stage.drop_points()
    made(stage)
    commit(stage, "Landed")
    stage.toy.git("merge", "--quiet", "--ff-only", WALKED)


def branch_is_gone(stage: Stage) -> None:
    assert stage.toy.git("branch", "--list", WALKED) == ""


FLOWS = {
    "remove-force": Flow(("remove", WALKED, "--force"), worked_in, points=1),
    "remove": Flow(("remove", WALKED), running, {}, branch_is_gone, like="remove-force", again=STATE),
    "restore": Flow(("restore", WALKED), thrown_away, {WALKED: "none"}, as_it_was, points=1),
    "clean": Flow(
        ("clean", "--yes"),
        landed,
        {},
        branch_is_gone,
        {"INVOKE_WT_CLEAN_MIN_AGE": "0"},
        points=1,
        like="remove-force",
        again=STATE,
    ),
}


@pytest.fixture(scope="module")
def walk(make_toy) -> Iterator[Walk]:
    with walking(make_toy, FLOWS) as walk:
        yield walk


@pytest.mark.parametrize("name", FLOWS)
def test_killed_anywhere_the_same_command_again_ends_well_and_nothing_is_lost(walk, name, record_property):
    walk.along(name, record_property)


def test_new_makes_whole_what_a_killed_remove_left(walk, record_property):
    flow, stage = FLOWS["remove"], walk.stage
    points = walk.points("remove", like="")
    stage.clear()
    for line, turn in points:
        flow.prepare(stage)
        struck = walk.strike(flow, line, turn, "kill")
        again = stage.stable.run("new", WALKED)
        assert again.code == 0, (struck, again)
        # What the killed one was about to delete goes with the next removal.
        stage.check({WALKED: "running"}, points=0, swept=False)
        stage.answers()
    stage.stable.done("remove", WALKED)
    stage.check({}, points=0)
    branch_is_gone(stage)
    record_property("kills survived", len(points))
