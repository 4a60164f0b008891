"""What is loaded for an answer: nobody drags in what it does not need, which costs each of them its time."""

from __future__ import annotations

import pytest
from harness.engines import talking_engine
from harness.projects import record_worktrees

NO_CONTAINERS = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n[]\n"
HEAVY = {
    *("invoke", "docker", "git", "rich", "yaml", "dotenv", "requests", "asyncio", "http", "email", "ssl"),
    *("dataclasses", "inspect"),
}
LIGHT = {*HEAVY, "logging", "hashlib", "shutil", "socket", "textwrap", "difflib"}
# The words, what must not be loaded for them, and how many modules of ours may be.
ANSWERS = {
    "list": (["list"], {*HEAVY, "shlex"}, 110),
    "list as a document": (["list", "--json"], {*HEAVY, "shlex"}, 110),
    "wl": (["--as", "wl"], HEAVY, 116),
    "path": (["path", "auth"], LIGHT, 22),
    "projects": (["projects"], HEAVY, 85),
    "a TAB": (["--candidates", "wt", ""], LIGHT, 26),
    "where": (["--where", "wt", "auth"], LIGHT, 26),
    "leave": (["--leave", "wr"], LIGHT, 24),
    "wt of a stack": (["--meant", "wt", "auth"], HEAVY, 66),
    "schema": (["schema", "new"], LIGHT, 22),
    "shell-init": (["shell-init", "bash"], LIGHT, 27),
}


@pytest.fixture
def shop(project):
    return record_worktrees(project, "auth")


@pytest.mark.parametrize(("words", "without", "most"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_loads_no_more_than_it_needs(shop, words, without, most):
    code = (
        "import sys\n"
        "from worktree_tasks.interface.program import answer\n"
        f"code = answer({words})\n"
        "print()\n"
        "print(code, *sys.modules)\n"
    )
    with talking_engine(NO_CONTAINERS) as (address, _):
        done = shop.python(code, env={"DOCKER_HOST": address})
    assert done.code == 0, done.err
    code, *loaded = done.out.splitlines()[-1].split()
    # A number: it was answered, and nothing was left to Invoke.
    assert code.isdigit(), done.out
    assert {name.partition(".")[0] for name in loaded} & without == set()
    ours = [name for name in loaded if name.startswith("worktree_tasks")]
    assert len(ours) <= most, f"{len(ours)} modules, and {most} were enough: {' '.join(sorted(ours))}"


def test_the_first_rows_need_no_program_and_nothing_that_asks_one(shop):
    code = (
        "import sys\n"
        "from worktree_tasks.interface.output import printing\n"
        "from worktree_tasks.interface.program import answer\n"
        "printing.standard_streams.moves = lambda _: True\n"
        "printing.FirstRows.show = lambda *_: print('shown', *sys.modules)\n"
        "answer(['list'])\n"
    )
    with talking_engine(NO_CONTAINERS) as (address, _):
        done = shop.python(code, env={"DOCKER_HOST": address})
    shown, *loaded = next(line for line in done.out.splitlines() if line.startswith("shown")).split()
    assert {"worktree_tasks.orchestration.flows.list"} <= {*loaded}, shown
    asking = [f"git.{name}" for name in ("status", "change_counts", "merge_detection")]
    prefixes = tuple(
        f"worktree_tasks.{name}" for name in ("engine", "orchestration.runtimes.compose", *asking)
    )
    assert [one for one in loaded if one.startswith(prefixes)] == []
    assert not {*loaded} & {*HEAVY, "socket"}


@pytest.mark.parametrize("words", [["new", "x"], ["start", "auth"], ["stop", "auth"], ["remove", "auth"]])
def test_the_commonest_tasks_run_without_invoke(shop, words):
    code = (
        "import sys\n"
        "from worktree_tasks.interface.program import answer\n"
        f"print(answer({words}), *sys.modules)\n"
    )
    done = shop.python(code, env={"DOCKER_HOST": "unix:///nowhere/docker.sock"})
    code, *loaded = done.out.splitlines()[-1].split()
    assert code.isdigit(), done.out
    assert {name.partition(".")[0] for name in loaded} & {"invoke", "asyncio", "rich", "docker"} == set()


def test_what_the_answers_leave_out_is_loaded_by_the_tasks(shop):
    report = "import sys; from worktree_tasks import new; print(*sys.modules)"
    assert {"invoke", "dataclasses"} <= set(shop.python(report).out.split())


# What only errors, builds, Docker elsewhere or databases that are new need.
ASIDE = {
    "configuration.compose.build_errors",
    "configuration.compose.start_error_patterns",
    "configuration.drift.framework_table",
    "configuration.failed_migrations",
    "configuration.doctor_findings",
    "configuration.failure_lines",
    "configuration.record_traces",
    "engine.api.remote_client",
    "orchestration.runtimes.compose.image_builds",
    "orchestration.runtimes.compose.container_failure",
}


def test_the_way_to_a_stack_loads_nothing_that_only_goes_with_what_went_wrong(shop):
    code = (
        "import sys\n"
        "from worktree_tasks import new\n"
        "from worktree_tasks.orchestration.flows import new, start\n"
        "from worktree_tasks.orchestration.runtimes.compose import compose_steps, container_start\n"
        "from worktree_tasks.orchestration.runtimes.compose import readiness\n"
        "from worktree_tasks.engine.api import Engine\n"
        "Engine().check()\n"
        "print(*sys.modules)\n"
    )
    with talking_engine(NO_CONTAINERS) as (address, _):
        done = shop.python(code, env={"DOCKER_HOST": address})
    assert done.code == 0, done.err
    loaded = {*done.out.split()}
    assert {"worktree_tasks.engine.api.socket_client"} <= loaded
    assert {f"worktree_tasks.{name}" for name in ASIDE} & loaded == set()
    assert {name.partition(".")[0] for name in loaded} & {"docker", "requests", "git", "rich"} == set()
