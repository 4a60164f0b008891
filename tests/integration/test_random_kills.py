"""Killed at a random moment with whole stacks on the real engine, the same command again ends well."""

from __future__ import annotations

import os
import random
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from harness.faults.commands import LONG
from harness.faults.stage import WALKED, Stage
from harness.work import leave_work, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engine

KILLS = 200 if LONG else 20
SINCE_LONG = {"INVOKE_WT_CLEAN_MIN_AGE": "0"}


@pytest.fixture(scope="module")
def stage(make_toy) -> Iterator[Stage]:
    toy = make_toy()
    made = Stage(toy)
    yield made
    made.close()
    toy.destroy()


@dataclass(frozen=True)
class Move:
    """A command, what it is done from and what it leads to.

    Attributes:
        words: The command.
        before: States that it makes sense in: `absent`, `trash` (with a restore point), or the stack's.
        after: The state then.
    """

    words: tuple[str, ...]
    before: frozenset[str]
    after: str


THERE = frozenset({"none", "running", "stopped"})
MOVES = {
    "new": Move(("new", WALKED), frozenset({"absent", "running", "stopped", "none"}), "running"),
    "start": Move(("start", WALKED), THERE, "running"),
    "stop": Move(("stop", WALKED), frozenset({"running"}), "stopped"),
    "remove": Move(("remove", WALKED, "--force"), THERE, "trash"),
    "restore": Move(("restore", WALKED), frozenset({"trash"}), "none"),
    "clean": Move(("clean", "--yes"), THERE, "absent"),
}
# Every command once, from a state that it does something in; how long each takes is measured so.
REHEARSAL = ("new", "stop", "start", "remove", "restore", "clean")


class Life:
    """What becomes of one worktree, command by command."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.state = "absent"
        self.history: list[str] = []
        self.left: dict[object, object] = {}

    def prepare(self, name: str) -> None:
        """Bring about what only people do: work in a new worktree, and merge it before it is cleaned."""
        toy, tree = self.stage.toy, self.stage.tree
        if name == "clean":
            toy.git("reset", "--quiet", "--hard", cwd=tree)
            toy.git("clean", "--quiet", "-d", "--force", cwd=tree)
            toy.git("commit", "--quiet", "--allow-empty", "--message", "Landed", cwd=tree)
            toy.git("merge", "--quiet", "--ff-only", WALKED)

    def finish(self, name: str) -> None:
        """Run a command to its end, and see that everything is as it has to be."""
        ended = self.stage.stable.run(*MOVES[name].words, env=SINCE_LONG)
        if name == "remove" and ended.code == 2:
            assert "no worktree" in ended.err, ended
        else:
            assert ended.code == 0, str(ended)
        self.settle(name)

    def settle(self, name: str) -> None:
        was, self.state = self.state, MOVES[name].after
        stage, tree = self.stage, self.stage.tree
        if name == "new" and was == "absent":
            stage.toy.git("commit", "--quiet", "--allow-empty", "--message", "Work", cwd=tree)
            leave_work(tree)
            self.left = snapshot(tree)
        there = {WALKED: self.state} if self.state in THERE else {}
        points = {"trash": 1, "none": 1, "absent": None}.get(self.state) if name != "new" else None
        assert name != "clean" or stage.toy.git("branch", "--list", WALKED) == ""
        stage.check(there, points=points)
        if there:
            assert snapshot(tree) == self.left
        if name in ("clean", "restore"):
            stage.drop_points()


def test_killed_at_any_moment_everything_agrees_after_the_same_command_again(stage, record_property):
    seed = os.environ.get("WT_SEED") or secrets.token_hex(4)
    dice = random.Random(seed)  # noqa: S311 - it has to be repeatable
    life = Life(stage)
    took: dict[str, float] = {}
    for name in REHEARSAL:
        life.prepare(name)
        ended = stage.stable.done(*MOVES[name].words, env=SINCE_LONG)
        took[name] = ended.seconds
        life.settle(name)
    kills = tried = 0
    while kills < KILLS:
        tried += 1
        assert tried < 3 * KILLS, f"only {kills} of {tried} were at work when their time came"
        name = dice.choice([one for one, move in MOVES.items() if life.state in move.before])
        moment, group = dice.uniform(0, took[name]), dice.random() < 0.5
        life.history.append(
            f"{name} ({life.state}) {moment:.3f} of {took[name]:.3f} s{'' if group else ', alone'}"
        )
        life.prepare(name)
        struck = stage.stable.run(*MOVES[name].words, env=SINCE_LONG, kill_after=moment, group=group)
        kills += struck.killed and bool(struck.events)
        try:
            assert struck.killed or struck.code == 0, struck
            life.finish(name)
        except AssertionError as error:
            pytest.fail(f"WT_SEED={seed}, after {kills} kills: {life.history[-4:]}\nstruck {struck}\n{error}")
    record_property("random kills survived", kills)
    record_property("seed of the random kills", seed)
