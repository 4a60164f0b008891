from __future__ import annotations

import pickle

import pytest
from invoke.exceptions import Exit

import worktree_tasks as wt
from worktree_tasks.command import CommandError, Result
from worktree_tasks.errors import (
    BadUse,
    CommandFailed,
    DockerUnavailable,
    Failure,
    Interrupted,
    Refused,
    WorktreeTasksError,
)

RESULT = Result(("git", "push"), 128, "", "fatal: no\n")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Failure("x"), 1),
        (BadUse("x"), 2),
        (Refused("x"), 3),
        (DockerUnavailable("x"), 4),
        (CommandFailed("x", 7), 7),
        (CommandError(RESULT), 1),
        (Interrupted(), 130),
    ],
)
def test_each_kind_has_its_exit_code_and_is_one_that_invoke_prints_once_there_are_tasks(error, code):
    assert wt.ns.task_names
    assert error.code == code
    assert isinstance(error, WorktreeTasksError)
    assert isinstance(error, Exit)
    assert error.message == str(error)


def test_an_error_reads_as_what_details_and_hint():
    error = Failure("web does not answer", "look at wt.logs", ("first", "second"))
    assert str(error) == "✗ web does not answer\n    first\n    second\n  → look at wt.logs"
    assert str(Failure("web does not answer")) == "✗ web does not answer"
    assert (error.what, error.hint, error.details) == (
        "web does not answer",
        "look at wt.logs",
        ("first", "second"),
    )


def test_kinds_can_be_caught_apart():
    with pytest.raises(Refused):
        raise Refused("x")
    assert not issubclass(BadUse, Failure)
    assert issubclass(CommandFailed, Failure)


@pytest.mark.parametrize(
    "error",
    [
        Failure("what", "hint", ["line"], kind="port-taken"),
        BadUse("what"),
        Refused("what", "hint"),
        DockerUnavailable("what", "hint"),
        CommandFailed("what", 7),
        CommandError(RESULT, "hint"),
        Interrupted(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_survives_the_way_between_processes(error):
    back = pickle.loads(pickle.dumps(error))  # noqa: S301 - what was pickled a moment ago
    assert type(back) is type(error)
    assert (str(back), back.kind, back.code, back.what, back.hint, back.details) == (
        str(error),
        error.kind,
        error.code,
        error.what,
        error.hint,
        error.details,
    )


def test_an_error_has_the_kind_of_where_it_is_raised_or_of_its_class():
    assert Failure("x", kind="port-taken").kind == "port-taken"
    assert CommandError(RESULT).kind == "program-failed"


def test_an_error_shows_its_words_in_a_traceback_too():
    assert "what" in repr(Failure("what", "hint"))
