"""The program answers without Invoke what it answers with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from harness.projects import record_worktrees

from worktree_tasks.git import mark

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
