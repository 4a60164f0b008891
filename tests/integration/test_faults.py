"""Killed before anything it does, or while one of its programs runs, a command ends well the next time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness.faults.stage import WALKED, Stage
from harness.faults.walk import Flow, walking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.faults.walk import Walk

pytestmark = pytest.mark.engine


def absent(stage: Stage) -> None:
    if stage.there():
        stage.stable.done("remove", WALKED)


def running(stage: Stage) -> None:
    stage.stable.done("start" if stage.there() else "new", WALKED)


def stopped(stage: Stage) -> None:
    if not stage.there():
        running(stage)
    stage.stable.done("stop", WALKED)


FLOWS = {
    "new-no-start": Flow(("new", WALKED, "--no-start"), absent, {WALKED: "none"}, Stage.is_clean),
    "new": Flow(("new", WALKED), absent, {WALKED: "running"}, Stage.answers, like="new-no-start"),
    "stop": Flow(("stop", WALKED), running, {WALKED: "stopped"}, Stage.is_clean),
    "start": Flow(("start", WALKED), stopped, {WALKED: "running"}, Stage.answers),
}


@pytest.fixture(scope="module")
def walk(make_toy) -> Iterator[Walk]:
    with walking(make_toy, FLOWS) as walk:
        yield walk


@pytest.mark.parametrize("name", FLOWS)
def test_killed_anywhere_the_same_command_again_ends_well(walk, name, record_property):
    walk.along(name, record_property)


def test_interrupted_anywhere_new_leaves_no_worktree_without_a_record_and_is_finished(walk, record_property):
    flow, stage = FLOWS["new-no-start"], walk.stage
    points = walk.points("new-no-start")
    stage.clear()
    for line, turn in points:
        flow.prepare(stage)
        struck = walk.strike(flow, line, turn, "interrupt")
        listed = f"worktree {stage.tree}\n" in stage.toy.git("worktree", "list", "--porcelain")
        assert stage.there() == listed, struck
        if struck.code == 0:
            stage.check(flow.after)
        walk.finish(flow)
    record_property("interruptions survived", len(points))


def test_what_a_killed_new_left_is_removed_without_a_trace(walk, record_property):
    flow = FLOWS["new-no-start"]
    points = walk.points("new-no-start")
    walk.stage.clear()
    for line, turn in points:
        struck = walk.strike(flow, line, turn, "kill")
        gone = walk.stage.stable.run("remove", WALKED)
        if line.startswith("program: git read-tree"):
            # Files that were not checked out yet look deleted, which only a person can tell to be no work.
            assert (gone.code, "--force" in gone.err) == (3, True), str(gone)
            gone = walk.stage.stable.done("remove", WALKED, "--force")
            walk.stage.drop_points()
        assert gone.code == 0 or (gone.code == 2 and "no worktree" in gone.err), (struck, gone)
        walk.stage.check({}, points=0)
        assert walk.stage.toy.git("branch", "--list", WALKED) == "", struck
    record_property("kills survived", len(points))
