"""Flows run on whatever implements the Protocol: on Compose, and on plain processes without Docker."""

from __future__ import annotations

import json
import secrets
import shutil
import sys
import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from harness.processes import Processes
from harness.toys import PortBlock

from worktree_tasks.configuration.settings import Settings
from worktree_tasks.errors import BadUse, CommandFailed, Failure
from worktree_tasks.git import find_repository, program
from worktree_tasks.orchestration.flows import launch as launching
from worktree_tasks.orchestration.flows.adopt import adopt
from worktree_tasks.orchestration.flows.clean import clean, survey
from worktree_tasks.orchestration.flows.doctor import doctor
from worktree_tasks.orchestration.flows.list import listing
from worktree_tasks.orchestration.flows.logs import logs
from worktree_tasks.orchestration.flows.new import Wish, new
from worktree_tasks.orchestration.flows.open import open_page
from worktree_tasks.orchestration.flows.plan import plan
from worktree_tasks.orchestration.flows.remove import remove
from worktree_tasks.orchestration.flows.run import execute, native
from worktree_tasks.orchestration.flows.smoke import smoke
from worktree_tasks.orchestration.flows.start import start
from worktree_tasks.orchestration.flows.start_all import start_all
from worktree_tasks.orchestration.flows.stop import stop
from worktree_tasks.orchestration.flows.stop_all import stop_all
from worktree_tasks.orchestration.runtimes.runtime_table import load
from worktree_tasks.orchestration.runtimes.runtime_values import Part
from worktree_tasks.orchestration.steps.project import Project
from worktree_tasks.orchestration.steps.worktree_handle import trees
from worktree_tasks.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.projects import Project as Checkout

    from worktree_tasks.configuration.compose.containers import ListedContainer
    from worktree_tasks.orchestration.runtimes.runtime import Runtimes
    from worktree_tasks.orchestration.steps.worktree_handle import Tree
    from worktree_tasks.store import Store

# Runtimes in which a command of main's services needs none of them running.
_NEED_NOTHING_RUNNING = frozenset({"processes"})
_SERVER = """
import http.server, os
print("serving", flush=True)
http.server.HTTPServer(("", int(os.environ["PORT"])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
_COMPOSE = """
services:
  web:
    image: python:3.11-slim
    init: true
    command: [python, server.py]
    working_dir: /app
    environment: {PORT: "8000"}
    volumes: [".:/app"]
    ports: ["MAIN_PORT:8000"]
"""


@pytest.fixture(params=["processes", pytest.param("compose", marks=pytest.mark.engine)])
def runtimes(request, tmp_path) -> Iterator[Runtimes]:
    """Each runtime that there is, and one that is not even for containers."""
    if request.param == "compose":
        request.getfixturevalue("engine_answers")
        yield load
        return
    logs = tmp_path / "logs"
    logs.mkdir()
    made = Processes(logs)
    yield made
    made.end()


@pytest.fixture
def port() -> Iterator[int]:
    """Main's port, with free ones after it."""
    block = PortBlock()
    yield block.start + 1
    block.close()


@pytest.fixture
def project(make_project, port) -> Checkout:
    """A project that says for each runtime how its one service runs."""
    made = make_project(f"seam-{secrets.token_hex(3)}", compose=_COMPOSE.replace("MAIN_PORT", str(port)))
    made.write("server.py", _SERVER)
    made.write("page", "of main\n")
    made.write("stack.json", json.dumps({"web": {"argv": [sys.executable, "server.py"], "port": port}}))
    made.commit("Serve")
    return made


@pytest.fixture
def plain(project, runtimes, told) -> Iterator[Project]:
    store = open_store()
    settings = Settings(clean_min_age=0, fetch=False)
    made = Project(find_repository(project.path), settings, store, told, runtimes=runtimes)
    yield made
    for tree in trees(made):
        tree.runtime.down(tree)
    made.engine.close()
    store.close()


def running(project: Project) -> list[ListedContainer]:
    """Return what a runtime lists of the project's worktrees."""
    return [one for one in project.runtime.listed() if one.project.startswith(project.main.name)]


def read(url: str | None) -> str:
    with urlopen(f"{url}/page", timeout=10) as answer:  # noqa: S310 - on loopback
        return str(answer.read().decode())


def states(project: Project) -> dict[str, str]:
    return {one.name: one.state for one in listing(project).worktrees}


@pytest.mark.parametrize("again", [False, True], ids=["new", "start"])
def test_git_is_asked_nothing_more_once_the_stack_answers(plain, monkeypatch, again):
    if again:
        new(plain, Wish("pay", start=False))
    looked, answers = threading.Event(), threading.Event()
    up, look, run, late = type(plain.runtime).up, launching.look, program.run, []

    def look_and_tell(tree):
        seen = look(tree)
        looked.set()
        return seen

    def come_up(self, tree, **options):
        up(self, tree, **options)
        assert looked.wait(60)
        answers.set()

    def note(argv, **options):
        if answers.is_set():
            late.append(argv)
        return run(argv, **options)

    monkeypatch.setattr(launching, "look", look_and_tell)
    monkeypatch.setattr(type(plain.runtime), "up", come_up)
    monkeypatch.setattr(program, "run", note)
    tree = start(plain, "pay") if again else new(plain, Wish("pay"))
    assert (tree.state, tree.changes.untracked, answers.is_set()) == ("running", 0, True)
    assert late == []


def test_a_hook_that_changes_a_new_worktree_is_seen_in_the_answer(plain):
    plain.settings = replace(plain.settings, hooks={"after_new": ("touch made",)})
    assert new(plain, Wish("pay")).changes.untracked == 1


def test_a_worktree_lives_its_whole_life(plain, port):
    told = plan(plain, "pay")
    made = new(plain, Wish("pay"))
    assert (made.state, made.url, made.path.name) == ("running", f"http://localhost:{port + 1}", "pay")
    assert [(one.service, one.published) for one in told.ports] == [("web", port + 1)]
    assert read(made.url) == "of main\n"
    assert states(plain) == {"pay": "running"}
    assert execute(plain, "pay", "web", "cat page", capture=True).output == "of main\n"
    with pytest.raises(CommandFailed) as failed:
        execute(plain, "pay", "web", "cat nothing", capture=True)
    assert failed.value.args[1] == 1
    assert "web" in native(plain, "pay", "ps", capture=True).output
    with pytest.raises(CommandFailed, match="nothing exited with code"):
        native(plain, "pay", "nothing", capture=True)
    with pytest.raises(BadUse, match="-p comes before the command"):
        native(plain, "pay", "-p other ps", capture=True)
    assert "serving" in [one.line for one in logs(plain, "pay", (), Part(), follow=False, capture=True).lines]
    assert stop(plain, "pay").state == "stopped"
    assert states(plain) == {"pay": "stopped"}
    assert start(plain, "pay").state == "running"
    assert read(made.url) == "of main\n"
    gone = remove(plain, "pay")
    assert (gone.branch_deleted, gone.path.exists(), running(plain)) == (True, False, [])
    assert states(plain) == {}


def test_merged_worktrees_are_cleaned_with_their_stacks(plain, project):
    path = new(plain, Wish("done")).path
    project.git("-C", str(path), "commit", "--quiet", "--allow-empty", "--message", "Work")
    project.git("merge", "--quiet", "done")
    # A process that works in a worktree keeps it from being cleaned.
    stop(plain, "done")
    cleaned = clean(plain, survey(plain))
    assert [(one.name, one.remove) for one in cleaned.worktrees] == [("done", True)]
    assert running(plain) == []
    assert states(plain) == {}


def test_doctor_finds_nothing_wrong_and_fixes_what_is(plain, told):
    new(plain, Wish("pay"))
    with ExitStack() as opened:

        def on(store: Store) -> Project:
            opened.callback(store.close)
            made = Project(plain.repository, plain.settings, store, told, runtimes=plain.runtimes)
            opened.callback(made.engine.close)
            return made

        assert doctor(on, told, fix=False).findings == ()
        (record,) = plain.records()
        plain.store.update(record, compose_project=None)
        (finding,) = doctor(on, told, fix=True).findings
    assert (finding.kind, finding.subject, finding.fixed) == ("lease", "pay", True)
    assert states(plain) == {"pay": "running"}


def test_a_worktree_of_somebodys_is_adopted_and_all_stacks_are_stopped(plain, project):
    project.git("worktree", "add", "--quiet", "-b", "mine", "../mine")
    adopted = adopt(plain, str(plain.main.parent / "mine"))
    assert (adopted.name, adopted.state) == ("mine", "running")
    assert [(one.name, one.containers) for one in stop_all(plain)] == [("mine", 1)]
    assert states(plain) == {"mine": "stopped"}


def test_all_stacks_are_brought_up_but_those_of_worktrees_that_are_not_there(plain, told):
    for branch in ("auth", "pay", "half", "gone"):
        new(plain, Wish(branch))
    stop_all(plain)
    start(plain, "auth")
    records = {record.name: record for record in plain.records()}
    plain.store.update(records["half"], state="creating")
    shutil.rmtree(records["gone"].path)
    assert [(one.project, one.name, one.containers) for one in start_all(plain)] == [(plain.name, "pay", 1)]
    assert {name: state for name, state in states(plain).items() if state == "running"} == {
        "auth": "running", "pay": "running",
    }  # fmt: skip
    assert start_all(plain) == ()
    assert plain.progress is told


def test_of_each_of_all_stacks_it_is_told_what_it_is_at_and_its_news_with_its_name(plain, told, monkeypatch):
    new(plain, Wish("pay"))
    stop_all(plain)
    told.lines.clear()
    at: list[str] = []
    monkeypatch.setattr(told, "doing", at.append)
    up = plain.runtime.up

    def slow(tree: Tree, **options: object) -> None:
        tree.project.progress.doing("waiting for web (starting)")
        tree.project.progress.news("web has an image of its own")
        up(tree, **options)

    monkeypatch.setattr(plain.runtime, "up", slow)
    start_all(plain)
    assert at[0] == "starting pay"
    assert "waiting for web (starting)" in at
    assert "pay: web has an image of its own" in told.lines
    assert [line for line in told.lines if line.startswith("containers")] == []


def test_a_stack_that_cannot_be_started_keeps_no_other_down(plain, monkeypatch):
    for branch in ("auth", "pay"):
        new(plain, Wish(branch))
    stop_all(plain)
    up = plain.runtime.up

    def fail(tree: Tree, **options: object) -> None:
        if tree.record.name == "auth":
            raise Failure("auth has a fault")
        up(tree, **options)

    monkeypatch.setattr(plain.runtime, "up", fail)
    with pytest.raises(Failure, match="some stacks could not be started") as failed:
        start_all(plain)
    assert failed.value.details == ("auth: auth has a fault",)
    assert states(plain)["pay"] == "running"


def test_a_command_runs_in_the_main_checkout_and_what_main_does_not_run_is_told(plain, port):
    if plain.runtime.name in _NEED_NOTHING_RUNNING:
        assert execute(plain, "main", "web", "cat page", capture=True).output == "of main\n"
    else:
        with pytest.raises(BadUse, match="main runs no service 'web'"):
            execute(plain, "main", "web", "cat page", capture=True)
    with pytest.raises(Failure, match="main has no containers") as told:
        logs(plain, "main", (), Part(), follow=False, capture=True)
    assert f"docker compose up --detach` in {plain.main}" in told.value.hint
    with pytest.raises(Failure, match=rf"main is .*http://localhost:{port} does not answer"):
        open_page(plain, "main")


def test_a_smoke_run_leaves_nothing_running(plain, port):
    assert smoke(plain).url == f"http://localhost:{port + 1}"
    assert running(plain) == []


def test_what_a_step_of_the_runtime_fails_at_is_undone(plain, monkeypatch):
    def fail(_: Tree) -> None:
        raise Failure("there is no name left")

    steps = [
        replace(step, do=fail) if step.name == "lease-stack-name" else step for step in plain.runtime.steps
    ]
    monkeypatch.setattr(plain.runtime, "steps", tuple(steps))
    with pytest.raises(Failure, match="no name left"):
        new(plain, Wish("pay"))
    assert plain.records() == ()
    assert not plain.main.with_name(f"{plain.main.name}.worktrees").exists()
