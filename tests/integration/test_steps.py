"""Steps as tasks: each works alone, changes nothing the second time, and chains in a project's own tasks."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

import worktree_tasks

pytestmark = pytest.mark.engine

STEPS = (
    "allocate-port", "copy-files", "write-env", "write-compose", "ensure-network", "compose-up",
)  # fmt: skip


@pytest.fixture(scope="module")
def made(quiet_toy):
    """A worktree made by the first step alone."""
    return quiet_toy.wt("add-worktree", "steps", "--json").json


def everything(toy, name: str) -> tuple:
    """Return all that a step could change."""
    networks = toy.docker("network", "ls", "--quiet", "--no-trunc", "--filter", f"name={toy.name}").split()
    return (
        toy.identities(),
        toy.identities(f"{toy.name}-{name}"),
        {network: toy.docker("network", "inspect", network) for network in sorted(networks)},
        toy.files(toy.main),
        toy.files(toy.root / name),
        toy.rows("worktree"),
        toy.rows("port"),
        toy.git("worktree", "list", "--porcelain"),
        (toy.main / ".git" / "info" / "exclude").read_text(),
    )


def test_ensure_main_leaves_running_services_alone_and_names_them(quiet_toy):
    before = quiet_toy.identities()
    for _ in range(2):
        done = quiet_toy.wt("ensure-main", "--json")
        assert done.json == {"schema": 1, "services": {"db": "healthy", "redis": "running"}}
    assert quiet_toy.identities() == before
    assert set(before) == {"db", "redis"}


def test_add_worktree_makes_the_directory_and_nothing_else(quiet_toy, made):
    assert made == {
        "schema": 1,
        "name": "steps",
        "branch": "steps",
        "path": str(quiet_toy.root / "steps"),
        "slot": None,
        "compose_project": None,
        "network": None,
    }
    assert sorted(one.name for one in (quiet_toy.root / "steps").iterdir()) == [
        ".git", ".gitignore", "app", "compose.yaml", "server.py", "tasks.py",
    ]  # fmt: skip
    assert quiet_toy.ours("steps") == []
    before = quiet_toy.files(quiet_toy.root / "steps"), quiet_toy.rows("worktree")
    assert quiet_toy.wt("add-worktree", "steps", "--json").json == made
    assert (quiet_toy.files(quiet_toy.root / "steps"), quiet_toy.rows("worktree")) == before


@pytest.mark.parametrize("step", STEPS)
def test_a_step_run_twice_changes_nothing_the_second_time(quiet_toy, made, step):
    first = quiet_toy.wt(step, made["name"], "--json")
    before = everything(quiet_toy, "steps")
    second = quiet_toy.wt(step, made["name"], "--json")
    assert everything(quiet_toy, "steps") == before
    assert second.json == first.json
    assert second.err


def test_after_all_steps_the_stack_answers(quiet_toy, made):
    quiet_toy.wt("compose-up", made["name"])
    assert quiet_toy.state_of("steps") == "running"
    site = f"http://localhost:{quiet_toy.web + 1}"
    assert quiet_toy.get(quiet_toy.web + 1)["SITE_URL"] == site


def test_compose_down_twice_takes_the_stack_and_keeps_the_worktree_and_its_ports(quiet_toy, made):
    quiet_toy.wt("compose-up", made["name"])
    ports = quiet_toy.rows("port")
    mains = quiet_toy.identities()
    for _ in range(2):
        quiet_toy.wt("compose-down", made["name"])
        assert quiet_toy.containers(f"{quiet_toy.name}-steps") == {}
        assert [one for one in quiet_toy.ours("steps") if not one.startswith("network ")] == []
    assert (quiet_toy.root / "steps" / ".env").is_file()
    assert quiet_toy.rows("port") == ports
    assert quiet_toy.identities() == mains
    quiet_toy.wt("start", made["name"])
    assert quiet_toy.state_of("steps") == "running"
    quiet_toy.wt("remove", made["name"])
    assert quiet_toy.ours("steps") == []


def test_the_last_step_alone_does_what_it_needs_of_the_others(quiet_toy):
    quiet_toy.wt("add-worktree", "alone")
    up = quiet_toy.wt("compose-up", "alone", "--json").json
    assert up["slot"] is not None
    assert quiet_toy.state_of("alone") == "running"
    quiet_toy.wt("remove", "alone")


def test_a_step_for_an_unknown_worktree_is_wrong_use(quiet_toy):
    for step in (*STEPS, "compose-down"):
        done = quiet_toy.wt(step, "nobody", code=2)
        assert "nobody" in done.err
        assert "Traceback" not in done.err


def test_a_projects_own_task_opens_a_worktree_and_runs_a_command_in_it(quiet_toy):
    done = quiet_toy.inv("review", "reviewed", code=0)
    assert "→ " in done.out
    found = quiet_toy.wt("run", "reviewed", "worker", "ls /scratch").out
    assert found.split() == ["reviewed"]
    quiet_toy.wt("remove", "reviewed")


def test_a_projects_own_task_chains_the_steps_up_and_down_again(quiet_toy):
    quiet_toy.inv("chain", "chained", code=0)
    assert quiet_toy.containers(f"{quiet_toy.name}-chained") == {}
    assert (quiet_toy.root / "chained" / "compose.override.yaml").is_file()
    quiet_toy.wt("remove", "chained")
    assert quiet_toy.ours("chained") == []


def test_a_failure_in_a_chain_stops_it_with_the_commands_code(quiet_toy):
    tasks = quiet_toy.main / "tasks.py"
    text = tasks.read_text()
    try:
        tasks.write_text(text.replace("touch /scratch/reviewed", "sh -c 'exit 42'") + "\n")
        done = quiet_toy.inv("review", "failing", code=42)
    finally:
        tasks.write_text(text)
    assert "Traceback" not in done.err
    quiet_toy.wt("remove", "failing")


def test_the_settings_of_a_project_reach_tasks_that_its_own_tasks_call(quiet_toy):
    configured = quiet_toy.main / "invoke.yaml"
    configured.write_text("wt:\n  root: ../elsewhere-{project}\n")
    try:
        quiet_toy.inv("review", "configured", code=0)
        root = quiet_toy.folder / f"elsewhere-{quiet_toy.name}"
        assert (root / "configured" / ".env").is_file()
        quiet_toy.wt("remove", "configured")
    finally:
        configured.unlink()


def test_python_code_chains_flows_and_gets_frozen_values(quiet_toy):
    code = """
from invoke import Context
import worktree_tasks as wt
c = Context()
tree = wt.new(c, "python")
assert wt.list(c).worktrees[-1].name == tree.name
assert wt.path(c, tree.name) == tree.path
ran = wt.run(c, tree.name, "worker", "cat /code/app/deep/code.py", json=False)
assert wt.stop(c, tree.name).state == "stopped"
assert wt.start(c, tree.name).state == "running"
gone = wt.remove(c, tree.name)
assert gone.branch_deleted
try:
    tree.name = "other"
except AttributeError:
    pass
else:
    raise SystemExit("not frozen")
try:
    wt.run(c, "python", "worker", "true")
except Exception as error:
    assert error.exit_code == 2, error
else:
    raise SystemExit("did not raise")
"""
    done = quiet_toy.run(sys.executable, "-c", code)
    assert done.code == 0, done.err
    assert "answer = 42" in done.out
    assert quiet_toy.ours("python") == []


def test_a_copy_vendored_under_another_name_works(quiet_toy, tmp_path):
    vendored = tmp_path / "project_vendor"
    vendored.mkdir()
    (vendored / "__init__.py").touch()
    package = Path(worktree_tasks.__file__).parent
    shutil.copytree(package, vendored / "trees", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['worktree_tasks'] = None  # only the copy may be found\n"
    )
    code = """
from invoke import Context
from project_vendor import trees as wt
tree = wt.new(Context(), "vendored")
assert tree.state == "running", tree
wt.remove(Context(), "vendored")
"""
    quiet_toy.python(code, env={"PYTHONPATH": str(tmp_path)}, code=0)
    assert quiet_toy.ours("vendored") == []
