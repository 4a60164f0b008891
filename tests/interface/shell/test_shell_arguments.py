"""The words of a shell function: names first, then flags; a project by its flag."""

from __future__ import annotations

import pytest

from worktree_tasks.errors import BadUse
from worktree_tasks.interface.shell.shell_arguments import read_call, split, split_with_project
from worktree_tasks.interface.shell.shell_help import of_function
from worktree_tasks.interface.task_table import FUNCTIONS


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


@pytest.mark.parametrize("words", [["--project", "api"], ["auth", "--project"], ["--project="]])
def test_a_missing_name_is_said_to_be_missing(words):
    with pytest.raises(BadUse, match=r"but got none\n"):
        split_with_project(words, function="wr")


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
    with pytest.raises(BadUse, match="--project"):
        split_with_project(words.split(), function="wr")
    with pytest.raises(BadUse, match="--project"):
        split_with_project(["shop", "--project", "api"], function="wl", alone=True)


def test_projects_that_were_named_are_told():
    with pytest.raises(BadUse) as told:
        split_with_project(["auth", "--project", "a", "--project", "b"], function="wr")
    assert told.value.what == "--project names one project, but got 'a b'"


def test_what_a_shell_adds_comes_before_what_was_typed():
    call = read_call(["gwt", "--no-terminal", "--been=/a", "--been=", "--been=/b", "auth", "--been=/c"])
    assert (call.function, call.prefix, call.terminal) == ("wt", "g", False)
    assert (call.been, call.words) == (("/a", "/b"), ("auth", "--been=/c"))
    assert read_call(["wr", "--from", "/a b", "auth"]).start == "/a b"


@pytest.mark.parametrize("words", [["wstart", "shop", "--all"], ["wstart", "--all", "shop"]])
def test_all_is_the_functions_own_flag_on_either_side_of_the_project(words):
    call = read_call([*words, "--json"])
    assert (call.task, call.of_project, call.split()) == ("start-all", True, (["shop"], ["--json"]))
    assert read_call(["wl", "--all"]).split() == ([], ["--all"])


def test_a_dash_is_a_name_and_create_is_for_wt_only():
    call = read_call(["wt", "--create", "-", "--build"])
    assert (call.creates, call.split()) == (True, (["-"], ["--build"]))
    assert read_call(["wstart", "auth", "--create"]).split() == (["auth"], ["--create"])


def test_a_settled_directory_says_all_and_a_settled_branch_stays_in_its_project():
    assert read_call(["wt", "--settled=/w/auth", "shop", "uath"]).resolved_names(["shop", "uath"]) == [
        "/w/auth"
    ]
    assert read_call(["wt", "--settled=x/y", "shop", "x/z"]).resolved_names(["shop", "x/z"]) == [
        "shop",
        "x/y",
    ]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_help_of_a_function_names_its_siblings_and_fits(function, width):
    lines = of_function(function, "g", width)
    assert all(len(line) <= width for line in lines)
    named = {line.split()[0] for line in lines[1:] if line.startswith("  g")}
    assert named >= {f"g{name}" for name in FUNCTIONS if name != function}
