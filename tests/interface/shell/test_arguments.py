"""The words of a shell function: names first, then flags; a project by its flag."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.resolving import Unclear
from worktree_tasks.interface.shell.arguments import split, split_with_project


def test_flags_begin_with_the_first_dash_and_names_come_before():
    assert split(["shop", "auth", "--base", "x"]) == (["shop", "auth"], ["--base", "x"])
    assert split(["--json"]) == ([], ["--json"])
    assert split([]) == ([], [])


@pytest.mark.parametrize(
    "words",
    [
        "--project api auth --force",
        "auth --project api --force",
        "auth --force --project=api",
        "--project=api auth --force",
    ],
)
def test_the_flag_project_is_the_first_name_wherever_it_stands(words):
    assert split_with_project(words.split(), function="wr") == (["api", "auth"], ["--force"])


def test_a_function_that_takes_a_project_alone_takes_it_by_its_flag():
    assert split_with_project(["--json", "--project", "api"], function="wl", alone=True) == (
        ["api"],
        ["--json"],
    )
    assert split_with_project(["api", "--json"], function="wl", alone=True) == (["api"], ["--json"])


@pytest.mark.parametrize(
    "words",
    [
        "shop auth --project api",
        "--project api",
        "auth --project",
        "auth --project=",
        "auth --project --force",
        "auth --project a --project b",
    ],
)
def test_a_project_that_is_named_twice_or_without_a_worktree_is_refused(words):
    with pytest.raises(Unclear, match="--project"):
        split_with_project(words.split(), function="wr")
    with pytest.raises(Unclear, match="--project"):
        split_with_project(["shop", "--project", "api"], function="wl", alone=True)


def test_projects_that_were_named_are_told():
    with pytest.raises(Unclear) as told:
        split_with_project(["auth", "--project", "a", "--project", "b"], function="wr")
    assert told.value.what == "--project names one project, and got 'a b'"
