"""`wt` to a worktree that runs is one question: its answer says whether anything else is left to do."""

from __future__ import annotations

from contextlib import closing

import pytest
from harness.projects import record_worktrees

from worktree_tasks.interface.shell import shell_requests
from worktree_tasks.store import open_store

_NOTHING_LEFT = 10


@pytest.fixture
def shop(project, monkeypatch):
    monkeypatch.chdir(project.path)
    return record_worktrees(project, "auth")


def asked(capsys, *words: str) -> tuple[int, str]:
    code = shell_requests.ANSWERS["--meant"](["wt", *words])
    return code, capsys.readouterr().out.strip()


@pytest.mark.parametrize(("runs", "code"), [(True, _NOTHING_LEFT), (False, 0)])
def test_where_the_stack_runs_nothing_is_left(shop, monkeypatch, capsys, runs, code):
    monkeypatch.setattr(shell_requests, "_runs", lambda _: runs)
    assert asked(capsys, "auth") == (code, str(shop.root / "auth"))


@pytest.mark.parametrize("words", [("auth", "--quiet"), ("auth", "--create"), ("something-else",)])
def test_flags_and_new_names_are_left_to_the_task_whatever_runs(shop, monkeypatch, capsys, words):
    monkeypatch.setattr(shell_requests, "_runs", lambda _: True)
    assert asked(capsys, *words)[0] == 0


def test_main_is_gone_to_without_another_question(shop, capsys):
    assert asked(capsys) == (_NOTHING_LEFT, str(shop.path))


def test_a_stack_that_docker_knows_nothing_of_does_not_run(shop, monkeypatch, capsys):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    assert asked(capsys, "auth")[0] == 0


def test_a_worktree_that_is_half_made_is_not_gone_to(shop, capsys):
    where = shell_requests.ANSWERS["--where"]
    assert (where(["wt", "auth"]), capsys.readouterr().out) == (0, f"{shop.root / 'auth'}\n")
    with closing(open_store()) as store:
        (record,) = store.records()
        store.update(record, state="creating")
    assert (where(["wt", "auth"]), capsys.readouterr().out) == (1, "")


@pytest.mark.parametrize("flags", [["--base", "main"], ["--slot=3"], ["--quiet", "--no-start"]])
def test_flags_of_a_new_worktree_are_refused_for_one_that_exists(shop, capsys, flags):
    assert shell_requests.ANSWERS["--as"](["gwt", "auth", *flags]) == 2
    said = capsys.readouterr().err.splitlines()
    refused = flags[-2 if flags[0] == "--base" else -1].partition("=")[0]
    assert said[0] == f"✗ auth exists already, and {refused} is for a new worktree"
    assert said[1] == "  → gwt auth starts it and goes there"


def test_flags_that_start_has_are_passed_on(shop):
    task = shell_requests.ANSWERS["--as"](["wt", "auth", "--build", "--timeout", "9"])
    assert task == ["start", f"--name={shop.root / 'auth'}", "--build", "--timeout", "9"]
