"""The program answers without Invoke what it answers with it."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from harness.projects import record_worktrees

from worktree_tasks.configuration.remote_caller import Caller
from worktree_tasks.git import mark
from worktree_tasks.interface.quick.tasks_without_invoke import TASKS
from worktree_tasks.interface.task_table import read_table
from worktree_tasks.machine.remote_caller import VARIABLE

NOBODY = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
# Invoke reads the settings of whoever has one in the environment.
SLOWLY = {"INVOKE_WT_FETCH": "no"}


@pytest.fixture
def shop(project):
    # Its age takes as many columns in one answer as in the next.
    date = "2020-01-01T00:00:00Z"
    project.run("env", f"GIT_COMMITTER_DATE={date}", *["git", "commit", "--quiet", "--amend", "--no-edit"])
    return record_worktrees(project, "auth", "feature/pay")


def both(shop, *words, cwd=None):
    quick, slow = (shop.program(*words, cwd=cwd, env={**NOBODY, **more}) for more in ({}, SLOWLY))
    # One comes a moment after the other.
    return [(done.code, re.sub(r"\d+ seconds? *", "", done.out), done.err) for done in (quick, slow)]


@pytest.mark.parametrize(
    "words",
    [
        ("list",), ("list", "--json"), ("list", "--all"), ("list", "--all", "--json"), ("list", "--watch"),
        ("projects",), ("projects", "--json"), ("list", "--unknown"), ("list", "--json", "--json"),
        ("path", "auth"), ("path", "feature-pay"), ("path", "feature/pay"), ("path", "auth", "--json"),
        ("path", "main"), ("path", "nobody"), ("path", "auth", "more"), ("path",),
    ],
)  # fmt: skip
def test_an_answer_is_the_tasks_own(shop, words):
    quick, slow = both(shop, *words)
    assert quick == slow


def test_a_path_is_told_from_inside_a_worktree_and_by_its_directory(shop):
    inside = shop.root / "auth"
    for words in (("path",), ("path", "."), ("path", str(inside)), ("path", "../feature-pay")):
        quick, slow = both(shop, *words, cwd=inside)
        assert quick == slow
        assert quick[0] == 0


def test_a_worktree_that_was_moved_is_followed_and_that_is_said(shop):
    (key,) = [row["key"] for row in shop.rows("worktree") if row["name"] == "auth"]
    mark(shop.repo, shop.root / "auth", key, Path(shop.env["XDG_STATE_HOME"], "worktree-tasks"))
    elsewhere = shop.path.parent / "elsewhere"
    shop.git("worktree", "move", str(shop.root / "auth"), str(elsewhere))
    done = shop.program("path", "auth")
    assert done.out.strip() == str(elsewhere)
    assert "was moved" in done.err


def test_outside_of_a_repository_it_says_so(shop, tmp_path):
    quick, slow = both(shop, "list", cwd=tmp_path)
    assert quick == slow
    assert quick[0] == 1


def test_a_setting_of_the_project_counts(shop):
    shop.write("invoke.yaml", "wt: {base: nowhere}\n")
    quick, slow = both(shop, "list")
    assert quick == slow
    assert "base 'nowhere' does not exist" in quick[2]


@pytest.mark.parametrize(
    "words",
    [
        ("start", "nobody"), ("stop", "nobody", "--json"), ("remove", "nobody"), ("new", "-b"), ("new",),
        ("new", "auth", "--json", "--quiet"), ("new", "x", "--base", "nowhere"), ("start", "auth", "--build"),
        ("new", "x", "--no-start", "--start"), ("new", "a..b"), ("start", "auth", "more"),
        ("remove", "auth", "--json"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_in_the_same_words(shop, words):
    quick, slow = both(shop, *words)
    assert quick == slow
    assert quick[0] != 0


@pytest.mark.parametrize(
    "text", ["run: {dry: true}\n", "wt: {hooks: {after_new: touch ran}}\n", "wt: {on: box}\n"]
)
def test_what_only_invoke_knows_how_to_do_is_left_to_it(shop, text):
    shop.write("invoke.yaml", text)
    for words in (("start", "auth"), ("new", "x", "--no-start")):
        quick, slow = both(shop, *words)
        assert quick == slow
    assert "dry" not in text or "no dry run" in shop.program("start", "auth").err


def test_flags_of_the_commonest_tasks_are_flags_that_the_tasks_have():
    table = read_table()
    for task in ("new", "start", "stop", "remove"):
        known = {word.text for word in table[task]}
        flags = re.findall(r'"(--[a-z-]+)"', inspect.getsource(TASKS[task]))
        assert set(flags) <= known


def test_settings_that_a_caller_on_another_machine_sends_count(shop):
    settings = {"base": "nowhere", "services": {"own": ["mail"]}}
    caller = Caller("laptop", settings=settings).text()
    quick, slow = (shop.program("list", env={**NOBODY, VARIABLE: caller, **more}) for more in ({}, SLOWLY))
    assert "base 'nowhere' does not exist" in quick.err
    assert (quick.code, quick.err) == (slow.code, slow.err)
