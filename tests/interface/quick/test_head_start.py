from __future__ import annotations

import json

import pytest
from harness.programs import wait_for
from invoke import Context

from worktree_tasks.command import Result
from worktree_tasks.engine import compose_config
from worktree_tasks.interface.quick.head_start import head_start
from worktree_tasks.interface.session import Session
from worktree_tasks.orchestration.runtimes.compose.project_reading import raw_specs
from worktree_tasks.orchestration.runtimes.runtime_table import reading


@pytest.fixture
def asked(monkeypatch):
    """Collect what Compose is asked; it answers with one service."""
    questions = []

    def ask(call, *options):
        questions.append((call, *options))
        return Result([], 0, json.dumps({"name": "shop", "services": {"web": {"image": "web"}}}), "")

    monkeypatch.setattr(compose_config, "_ask", ask)
    return questions


def test_compose_reads_mains_files_while_the_block_runs(project, monkeypatch, asked):
    monkeypatch.chdir(project.path)
    with head_start(["new", "auth"]):
        wait_for(lambda: len(asked) == 2)
    assert {call.directory for call, *_ in asked} == {project.path}


def test_the_task_takes_the_answers_and_asks_nothing_twice(project, monkeypatch, asked):
    monkeypatch.chdir(project.path)
    with head_start(["new", "auth"]):
        wait_for(lambda: len(asked) == 2)
        with Session(Context(), json=False) as session, reading(session.project) as read:
            assert raw_specs(read).keys() == {"web"}
    assert len(asked) == 2


@pytest.mark.parametrize("word", ["--help", "-h", "--on", "--on=box"])
def test_a_task_that_does_something_else_gets_no_head_start(project, monkeypatch, asked, word):
    monkeypatch.chdir(project.path)
    with head_start(["new", "auth", word]):
        pass
    assert asked == []


@pytest.mark.parametrize("place", ["nowhere", "unreadable settings", "without compose files"])
def test_what_is_wrong_is_left_to_the_task(tmp_path, make_project, monkeypatch, asked, place):
    if place == "nowhere":
        monkeypatch.chdir(tmp_path)
    elif place == "unreadable settings":
        made = make_project()
        made.write("invoke.yaml", "wt: [\n")
        monkeypatch.chdir(made.path)
    else:
        monkeypatch.chdir(make_project(compose=None).path)
    with head_start(["new", "auth"]):
        pass
    assert asked == []
