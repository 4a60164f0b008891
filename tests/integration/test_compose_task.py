"""`wt.compose`: any Compose command on a worktree's stack, also where plain `docker compose` means main."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def stacked(quiet_toy):
    """A worktree with a stack that runs."""
    return quiet_toy.new("stacked")


@pytest.fixture
def tracked(make_toy):
    """A project whose `.env` is tracked, and says what main's stack is called."""
    toy = make_toy()
    with (toy.main / ".env").open("a") as env:
        env.write(f"COMPOSE_PROJECT_NAME={toy.name}\n")
    toy.git("add", "--force", ".env")
    toy.commit("Track the env file")
    return toy


@pytest.mark.usefixtures("stacked")
def test_a_compose_command_is_about_the_worktrees_own_services(quiet_toy):
    done = quiet_toy.wt("compose", "stacked", "ps --services")
    assert set(done.out.split()) == {"web", "vite", "worker"}
    document = quiet_toy.wt("compose", "stacked", "ps --services", "--json").json
    assert {**document, "output": set(document["output"].split())} == {
        "schema": 1, "name": "stacked", "argv": ["ps", "--services"], "code": 0,
        "output": {"web", "vite", "worker"}, "stdout": document["output"], "stderr": "",
        "omitted": {"stdout": 0, "stderr": 0},
    }  # fmt: skip


@pytest.mark.usefixtures("stacked")
def test_its_exit_code_and_its_words_are_passed_on(quiet_toy):
    command = "exec -T worker sh -c 'tr a-z A-Z; exit 7'"
    done = quiet_toy.inv("wt.compose", "stacked", command, stdin="from stdin")
    assert (done.code, done.out) == (7, "FROM STDIN")
    failed = quiet_toy.wt("compose", "stacked", "start nothing", "--json", code=1).json
    assert failed["code"] == 1
    assert "nothing" in failed["stderr"]


@pytest.mark.usefixtures("stacked")
@pytest.mark.parametrize(
    ("command", "said"), [("-p other down", "begins with a dash"), ("'", "close the quotes")]
)
def test_what_could_mean_another_stack_is_refused(quiet_toy, command, said):
    done = quiet_toy.wt("compose", "stacked", command, code=2)
    assert said in done.err


def test_without_a_stack_the_command_that_makes_it_is_named(quiet_toy):
    made = quiet_toy.new("bare", "--no-start")
    (quiet_toy.main.parent / f"{quiet_toy.name}.worktrees" / made["name"] / "compose.override.yaml").unlink()
    done = quiet_toy.wt("compose", "bare", "ps", code=1)
    assert "wt.start bare" in done.err


def test_where_plain_compose_would_be_mains_new_says_so_first_and_the_task_is_not(tracked):
    tracked.run("docker", "compose", "up", "--detach", "--wait", code=0)
    mains = set(tracked.containers())
    done = tracked.wt("new", "auth")
    assert f"uses main's stack {tracked.name}" in done.err.splitlines()[0]
    assert 'wt.compose auth "…"' in done.err.splitlines()[0]
    notes = json.loads(tracked.wt("plan", "other", "--json").out)["notes"]
    assert f"uses main's stack {tracked.name}" in notes[0]
    assert tracked.state_of("auth") == "running"
    tracked.wt("compose", "auth", "down")
    assert set(tracked.containers()) == mains
    assert tracked.state_of("auth") in ("created", "stopped")
    tracked.wt("start", "auth")
    assert tracked.state_of("auth") == "running"
