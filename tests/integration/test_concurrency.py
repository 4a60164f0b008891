"""Any number of commands at once: nothing twice, nobody waits for ever, and who waits says for what."""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from harness.faults.invariants import Expected, Witness

from worktree_tasks.configuration.naming import label_hash
from worktree_tasks.machine.locks import hold

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engine

SECONDS = 120.0
SERVICES = frozenset({"web", "vite", "worker"})
CROWD = 16


@pytest.fixture
def witness(quiet_toy) -> Iterator[Witness]:
    with closing(Witness(quiet_toy)) as made:
        yield made


def all_at_once(*commands: tuple[Any, tuple[str, ...]], env: dict[str, str] | None = None) -> list[Any]:
    """Run commands of projects at once, and see that each of them ends and none meets a locked database."""
    began = time.monotonic()
    running = [toy.start(*words, env=env) for toy, words in commands]
    ended = []
    for (toy, words), one in zip(commands, running, strict=True):
        try:
            out, err = one.communicate(timeout=max(1.0, SECONDS - (time.monotonic() - began)))
        except subprocess.TimeoutExpired:
            pytest.fail(f"{words} in {toy.name} did not end after {SECONDS} s")
        ended.append(subprocess.CompletedProcess(words, one.returncode, out, err))
        assert "locked" not in err.replace("unlocked", ""), err
        assert "Traceback" not in err, err
    return ended


def all_done(*commands: tuple[Any, tuple[str, ...]]) -> list[Any]:
    ended = all_at_once(*commands)
    assert [one.returncode for one in ended] == [0] * len(ended), [one.stderr for one in ended]
    return ended


def stacks(toy: Any) -> dict[str, Expected]:
    """Return what has to be there of the worktrees that are recorded, by what they say of themselves."""
    names = {"running": "running", "stopped": "stopped", "created": "none"}
    return {
        branch: Expected(names[tree["state"]], SERVICES)
        for branch, tree in toy.listed().items()
        if tree["slot"] is not None
    }


def distinct(rows: list[dict[str, Any]], *columns: str) -> None:
    for column in columns:
        values = [row[column] for row in rows]
        assert len(set(values)) == len(values), (column, values)


def test_sixteen_at_once_get_sixteen_of_everything_and_go_at_once(quiet_toy, witness, record_property):
    branches = [f"crowd/{number}" for number in range(CROWD)]
    all_done(*((quiet_toy, ("new", branch, "--no-start")) for branch in branches))
    rows = quiet_toy.rows("worktree")
    assert {row["slot"] for row in rows} == set(range(1, CROWD + 1))
    distinct(rows, "name", "path", "compose_project", "network", "key")
    published = [row["published"] for row in quiet_toy.rows("lease")]
    assert len(set(published)) == len(published) == 2 * CROWD
    # Redis has sixteen databases, of which main has the first: one worktree is told that it has none.
    brokers = [row["broker_database"] for row in rows]
    assert sorted(one for one in brokers if one is not None) == list(range(1, CROWD))
    witness.check({branch: Expected() for branch in branches})
    all_done(*((quiet_toy, ("remove", branch)) for branch in branches), (quiet_toy, ("list", "--json")))
    witness.check({})
    record_property("concurrent rounds", 2)


def test_whole_stacks_at_once_answer_each_for_itself_and_stop_at_once(quiet_toy, witness, record_property):
    branches = [f"stack-{number}" for number in range(4)]
    all_done(*((quiet_toy, ("new", branch, "--json")) for branch in branches))
    witness.check({branch: Expected("running", SERVICES) for branch in branches})
    for tree in quiet_toy.listed().values():
        port = tree["services"]["web"]["ports"][0]["published"]
        assert quiet_toy.get(port)["SITE_URL"] == tree["url"]
    ways = [("stop", branches[0]), ("start", branches[1]), ("remove", branches[2]), ("restart", branches[3])]
    all_done(*((quiet_toy, words) for words in ways))
    left = {branches[0]: "stopped", branches[1]: "running", branches[3]: "running"}
    witness.check({branch: Expected(stack, SERVICES) for branch, stack in left.items()})
    all_done(*((quiet_toy, ("remove", branch)) for branch in left))
    witness.check({})
    record_property("concurrent rounds", 3)


def test_new_against_remove_of_the_same_name_leaves_all_of_it_or_nothing(quiet_toy, witness, record_property):
    rounds = 4
    for number in range(rounds):
        if number % 2:
            quiet_toy.new("twin", "--no-start")
        first, second = all_at_once(
            (quiet_toy, ("new", "twin", "--no-start")), (quiet_toy, ("remove", "twin"))
        )
        assert first.returncode == 0, first.stderr
        assert second.returncode in (0, 2), second.stderr
        assert second.returncode == 0 or "no worktree" in second.stderr
        there = stacks(quiet_toy)
        witness.check(there)
        if there:
            quiet_toy.wt("remove", "twin")
        witness.check({})
    record_property("concurrent rounds", rounds)


def test_clean_against_start_keeps_what_runs_or_takes_all_of_it(quiet_toy, witness, record_property):
    rounds = 3
    now = {"INVOKE_WT_CLEAN_MIN_AGE": "0"}
    for _ in range(rounds):
        branch = quiet_toy.fresh("landed")
        quiet_toy.new(branch, "--no-start")
        tree = quiet_toy.root / branch
        quiet_toy.git("commit", "--quiet", "--allow-empty", "--message", "Landed", cwd=tree)
        quiet_toy.git("merge", "--quiet", "--ff-only", branch)
        clean, start = all_at_once((quiet_toy, ("clean", "--yes")), (quiet_toy, ("start", branch)), env=now)
        assert clean.returncode == 0, clean.stderr
        there = stacks(quiet_toy)
        if start.returncode == 0:
            assert {one: stack.stack for one, stack in there.items()} == {branch: "running"}, clean.stdout
            witness.check(there)
            quiet_toy.wt("clean", "--yes", env=now)
        else:
            assert there == {}, start.stderr
        witness.check({})
    record_property("concurrent rounds", rounds)


@pytest.fixture
def neighbours(make_toy, quiet_toy) -> Iterator[tuple[Any, Any]]:
    """Another project with the same ports, and a clone of this one: all of one user."""
    state = quiet_toy.folder / "state"
    made = []
    for how in ("project", "clone"):
        other = make_toy()
        other.web, other.vite = quiet_toy.web, quiet_toy.vite
        if how == "clone":
            subprocess.run(["rm", "-rf", str(other.main)], check=True)
            quiet_toy.git("clone", "--quiet", str(quiet_toy.main), str(other.main))
            for key, value in (("user.name", "Toy"), ("user.email", "toy@example.invalid")):
                other.git("config", key, value)
        (other.main / ".env").write_bytes((quiet_toy.main / ".env").read_bytes())
        other.env["XDG_STATE_HOME"] = str(state)
        (other.folder / "state").symlink_to(state)
        other.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
        made.append(other)
    yield tuple(made)
    for one in made:
        one.destroy()


def test_two_projects_and_two_clones_share_a_machine_without_a_clash(quiet_toy, neighbours, record_property):
    toys = (quiet_toy, *neighbours)
    witnesses = [Witness(toy) for toy in toys]
    branches = ("same", "name")
    made = all_done(*((toy, ("new", branch)) for branch in branches for toy in toys))
    assert len(made) == len(toys) * len(branches)
    rows = quiet_toy.rows("worktree")
    distinct(rows, "compose_project", "network", "subnet", "path")
    published = [row["published"] for row in quiet_toy.rows("lease")]
    assert len(set(published)) == len(published) == 2 * len(made)
    for toy, witness in zip(toys, witnesses, strict=True):
        witness.check({branch: Expected("running", SERVICES) for branch in branches})
        for tree in toy.listed().values():
            port = tree["services"]["web"]["ports"][0]["published"]
            assert toy.get(port)["SITE_URL"] == tree["url"]
    all_done(*((toy, ("remove", branch)) for branch in branches for toy in toys))
    for witness in witnesses:
        witness.check({})
        witness.close()
    record_property("concurrent rounds", 2)


def test_who_waits_says_for_what_and_goes_on_when_it_is_free(quiet_toy, witness, record_property):
    quiet_toy.new("awaited", "--no-start")
    locks = quiet_toy.folder / "state" / "worktree-tasks" / "locks"
    common = quiet_toy.main / ".git"
    waits = {
        ("awaited", "tree:awaited"): (
            ("stop", "awaited"),
            ("new", "awaited", "--no-start"),
            ("remove", "awaited"),
        ),
        ("main's stack", "stack:"): (("ensure-main",),),
    }
    for (what, name), commands in waits.items():
        for words in commands:
            if words == ("ensure-main",):
                quiet_toy.compose("stop", "redis")
            with hold(locks, label_hash(f"{common}\0{name}"), lambda _: pytest.fail("somebody has it")):
                waiter = quiet_toy.start(*words)
                assert waiter.stderr
                lines = iter(waiter.stderr.readline, "")
                said = next((line for line in lines if "waiting" in line), "")
                assert said.startswith(
                    f"· waiting for another command that is working on {what}: pid {os.getpid()} ("
                )
                assert waiter.poll() is None
            _, err = waiter.communicate(timeout=SECONDS)
            assert waiter.returncode == 0, err
    record_property("concurrent rounds", 4)
    assert quiet_toy.listed() == {}


def test_a_worktree_of_the_branch_main_waits_for_nobody_when_mains_stack_has_to_start(quiet_toy):
    quiet_toy.git("switch", "--quiet", "--create", "elsewhere")
    try:
        quiet_toy.new("main", "--no-start")
        quiet_toy.compose("stop", "redis")
        (started,) = all_done((quiet_toy, ("start", "main")))
        assert "waiting" not in started.stderr
        assert quiet_toy.state_of("main") == "running"
        unused = quiet_toy.folder / "state" / "worktree-tasks" / "locks" / "gone.lock"
        unused.touch()
        os.utime(unused, (1, 1))
        quiet_toy.wt("remove", "main", "--keep-branch")
        assert not unused.exists()
    finally:
        quiet_toy.git("switch", "--quiet", "main")
