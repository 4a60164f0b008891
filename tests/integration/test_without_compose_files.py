"""Stopping, listing and removing work whatever became of the compose files, of main and of the branch."""

from __future__ import annotations

import json
import secrets
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.programs import Done
    from harness.projects import Project

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

COMPOSE = """\
services:
  web:
    image: python:3.11-slim
    init: true
    command: [sleep, "1000"]
    volumes: [".:/app", "data:/data"]
  cache:
    image: redis:7
volumes:
  data:
"""
PROGRAM = "from worktree_tasks.interface.program import main; main()"


def wt(project: Project, *words: str) -> Done:
    done = project.run(
        sys.executable,
        "-c",
        PROGRAM,
        *words,
        env={"INVOKE_WT_CLEAN_MIN_AGE": "0", "INVOKE_WT_FETCH": "false"},
    )
    assert "Traceback" not in done.err
    assert done.code == 0, done.err
    return done


@pytest.fixture
def project(make_project) -> Iterator[Project]:
    """A project with a running worktree, whose work is in main."""
    name = f"bare-{secrets.token_hex(3)}"
    made = make_project(name, compose=COMPOSE)
    wt(made, "new", "auth")
    made.git("commit", "--quiet", "--allow-empty", "--message", "Work", cwd=made.root / "auth")
    made.git("merge", "--quiet", "auth")
    yield made
    made.run("docker", "compose", "-p", name, "down", "--volumes")
    made.run("docker", "compose", "-p", f"{name}-auth", "down", "--volumes")


def deleted_in_both(project: Project) -> None:
    tree = project.root / "auth"
    project.git("rm", "--quiet", "compose.yaml", cwd=tree)
    project.git("commit", "--quiet", "--message", "Without Compose", cwd=tree)
    project.git("merge", "--quiet", "auth")


def deleted_in_main(project: Project) -> None:
    (project.path / "compose.yaml").unlink()


def in_the_middle_of_an_edit(project: Project) -> None:
    project.write("compose.yaml", "services:\n  web:\n   image: [\n")


def left(project: Project) -> str:
    """Return what is there of the worktree's stack, apart from main's."""
    label = f"label=worktree-tasks.project={project.path.name}"
    return "".join(
        project.run("docker", *words, "--filter", label).out
        for words in (("ps", "-aq"), ("network", "ls", "-q"), ("volume", "ls", "-q"))
    )


@pytest.mark.parametrize("become", [deleted_in_both, deleted_in_main, in_the_middle_of_an_edit])
@pytest.mark.parametrize("words", [("remove", "auth"), ("clean", "--yes")], ids=lambda words: words[0])
def test_list_stop_and_removal_work(project, become, words):
    become(project)
    (row,) = json.loads(wt(project, "list", "--json").out)["worktrees"]
    assert row["state"] == "running"
    wt(project, "stop", "auth")
    (row,) = json.loads(wt(project, "list", "--json").out)["worktrees"]
    assert row["state"] == "stopped"
    wt(project, *words)
    assert json.loads(wt(project, "list", "--json").out)["worktrees"] == []
    assert left(project) == ""
    assert not project.root.exists()
