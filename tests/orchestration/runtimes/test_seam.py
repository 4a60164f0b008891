"""Flows run on whatever implements the Protocol: here on plain processes, without Docker."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from harness.processes import Processes

from worktree_tasks.configuration.settings import Settings
from worktree_tasks.errors import CommandFailed, Failure
from worktree_tasks.git import find_repository
from worktree_tasks.orchestration.flows.adopt import adopt
from worktree_tasks.orchestration.flows.clean import clean, survey
from worktree_tasks.orchestration.flows.doctor import doctor
from worktree_tasks.orchestration.flows.list import listing
from worktree_tasks.orchestration.flows.logs import logs
from worktree_tasks.orchestration.flows.new import Wish, new
from worktree_tasks.orchestration.flows.plan import plan
from worktree_tasks.orchestration.flows.remove import remove
from worktree_tasks.orchestration.flows.run import execute
from worktree_tasks.orchestration.flows.smoke import smoke
from worktree_tasks.orchestration.flows.start import start, stop
from worktree_tasks.orchestration.flows.stop_all import stop_all
from worktree_tasks.orchestration.runtimes.values import Part, Step
from worktree_tasks.orchestration.steps.project import Project
from worktree_tasks.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.projects import Project as Checkout

    from worktree_tasks.orchestration.steps.tree import Tree
    from worktree_tasks.store import Store

_SERVER = """
import http.server, os
print("serving", os.getcwd(), flush=True)
address = "127.0.0.1", int(os.environ["PORT"])
http.server.HTTPServer(address, http.server.SimpleHTTPRequestHandler).serve_forever()
"""


@pytest.fixture
def runtime(tmp_path) -> Iterator[Processes]:
    logs = tmp_path / "logs"
    logs.mkdir()
    made = Processes(logs)
    yield made
    for one in made._services.values():
        one.program.kill()
        one.program.wait()


@pytest.fixture
def project(make_project) -> Checkout:
    """A project without a compose file, whose stack is one process."""
    made = make_project(compose=None)
    made.write("server.py", _SERVER)
    made.write("page", "of main\n")
    made.write("stack.json", json.dumps({"web": {"argv": [sys.executable, "server.py"], "port": 8400}}))
    made.commit("Serve")
    return made


@pytest.fixture
def plain(project, runtime, told) -> Iterator[Project]:
    store = open_store()
    settings = Settings(clean_min_age=0, fetch=False)
    yield Project(find_repository(project.path), settings, store, told, runtimes=runtime)
    store.close()


def read(url: str | None) -> str:
    with urlopen(f"{url}/page", timeout=10) as answer:  # noqa: S310 - on loopback
        return str(answer.read().decode())


def states(project: Project) -> dict[str, str]:
    return {one.name: one.state for one in listing(project).worktrees}


def test_a_worktree_lives_its_whole_life_on_processes(plain, runtime):
    told = plan(plain, "pay")
    made = new(plain, Wish("pay"))
    assert (made.state, made.url, made.path.name) == ("running", "http://localhost:8401", "pay")
    assert [(one.service, one.published) for one in told.ports] == [("web", 8401)]
    assert read(made.url) == "of main\n"
    assert states(plain) == {"pay": "running"}
    assert execute(plain, "pay", "web", "git rev-parse --abbrev-ref HEAD", capture=True).output == "pay\n"
    with pytest.raises(CommandFailed) as failed:
        execute(plain, "pay", "web", "git rev-parse nothing", capture=True)
    assert failed.value.args[1] == 128
    assert f"serving {made.path}" in [
        one.line for one in logs(plain, "pay", (), Part(), follow=False, capture=True)
    ]
    assert stop(plain, "pay").state == "stopped"
    assert states(plain) == {"pay": "stopped"}
    assert start(plain, "pay").state == "running"
    assert read(made.url) == "of main\n"
    gone = remove(plain, "pay")
    assert (gone.branch_deleted, gone.path.exists(), runtime.listed()) == (True, False, ())
    assert states(plain) == {}


def test_merged_worktrees_are_cleaned_with_their_processes(plain, project, runtime):
    path = new(plain, Wish("done")).path
    project.git("-C", str(path), "commit", "--quiet", "--allow-empty", "--message", "Work")
    project.git("merge", "--quiet", "done")
    # A process that works in a worktree keeps it from being cleaned.
    stop(plain, "done")
    cleaned = clean(plain, survey(plain))
    assert [(one.name, one.remove) for one in cleaned.worktrees] == [("done", True)]
    assert runtime.listed() == ()
    assert states(plain) == {}


def test_doctor_finds_nothing_wrong_and_fixes_what_is(plain, told):
    new(plain, Wish("pay"))

    def on(store: Store) -> Project:
        return Project(plain.repository, plain.settings, store, told, runtimes=plain.runtimes)

    assert doctor(on, told, fix=False).findings == ()
    (record,) = plain.records()
    plain.store.update(record, compose_project=None)
    (finding,) = doctor(on, told, fix=True).findings
    assert (finding.what, finding.fixed) == ("pay has no stack name", True)
    assert states(plain) == {"pay": "running"}


def test_a_worktree_of_somebodys_is_adopted_and_all_stacks_are_stopped(plain, project):
    project.git("worktree", "add", "--quiet", "-b", "mine", "../mine")
    adopted = adopt(plain, str(plain.main.parent / "mine"))
    assert (adopted.name, adopted.state) == ("mine", "running")
    assert [(one.name, one.containers) for one in stop_all(plain)] == [("mine", 1)]
    assert states(plain) == {"mine": "stopped"}


def test_a_smoke_run_leaves_no_process(plain, runtime):
    assert smoke(plain).url == "http://localhost:8401"
    assert runtime.listed() == ()


def test_what_a_step_of_the_runtime_fails_at_is_undone(plain, runtime):
    def fail(_: Tree) -> None:
        raise Failure("there is no name left")

    runtime.steps = (Step("lease-stack-name", fail, before=("write-env",)),)
    with pytest.raises(Failure, match="no name left"):
        new(plain, Wish("pay"))
    assert plain.records() == ()
    assert not (plain.main.parent / "shop.worktrees").exists()
