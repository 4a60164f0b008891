"""The program's words before Invoke reads them: the NAME that may be left out."""

from __future__ import annotations

import pytest

from worktree_tasks.interface.command_line import arranged, with_name
from worktree_tasks.interface.task_table import read_table
from worktree_tasks.interface.unknown_flags import misused_flag

TABLE = read_table()
TREES = ("auth", "web", "main", ".")


def completed(line, *, inside=True):
    words = line.split()
    named = with_name(words, TABLE, stands_in_one=lambda: inside, is_name=TREES.__contains__)
    assert inside or named == words
    return " ".join(arranged(named, TABLE))


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("stop", "stop ."),
        ("wt.stop", "stop ."),
        ("start --build", "start . --build"),
        ("remove --discard data --force", "remove . --discard data --force"),
        ("logs --service web --tail=5", "logs . --service web --tail=5"),
        ("--config x.yaml path", "--config x.yaml path ."),
        ("write-env --json", "write-env . --json"),
        ("compose ps", "compose . ps"),
        ("compose ps --all", "compose . ps --all"),
        ("run api pytest -q", "run . api pytest -q"),
        ("run --no-hooks api pytest", "run . --no-hooks api pytest"),
        ("run api -- ls web", "run . api ls web"),
    ],
)
def test_a_name_that_is_left_out_inside_a_worktree_is_that_of_the_worktree(line, meant):
    assert completed(line).replace("'", "") == meant
    assert " . " not in f"{completed(line, inside=False)} "


@pytest.mark.parametrize(
    "line",
    [
        "stop auth",
        "stop typo",
        "stop --name=auth",
        "start . --build",
        "logs main --service web",
        "run auth web true",
        "run web api true",
        "compose auth ps",
        "--project shop stop",
        "restore",
        "list",
        "new",
        "plan",
        "adopt",
        "stop-all",
        "start-all",
        "nothing",
    ],
)
def test_what_has_its_name_or_takes_none_stays_as_it_is(line):
    assert completed(line) == line


def test_help_of_a_task_is_had_inside_a_worktree_too():
    assert completed("stop --help") == completed("--help stop") == "--help stop"


def test_arguments_may_be_given_as_flags_as_the_shell_functions_do():
    for line in ("start --name=/w/auth", "new --branch=auth --base main", "run --name auth --service=web"):
        assert misused_flag(line.split(), TABLE) is None, line
    assert "start has no flag --nam" in str(misused_flag(["start", "--nam=auth"], TABLE))
