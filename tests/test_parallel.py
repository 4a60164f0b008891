"""Calls that need one another: each in its time, side by side where they may be, and none after a failure."""

from __future__ import annotations

import threading

import pytest

from worktree_tasks.parallel import Early, Outcome, ahead, in_order, together
from worktree_tasks.waiting import wait_while

DEADLINE = 30.0


def test_each_call_is_made_when_those_that_it_needs_are_done():
    made: list[str] = []
    needs = {"c": ("b",), "b": ("a",), "d": ("c", "a")}
    answers = in_order({name: lambda name=name: made.append(name) or name for name in "dcba"}, needs)
    assert made == ["a", "b", "c", "d"]
    assert answers == {name: name for name in "abcd"}


def test_what_is_independent_runs_at_the_same_time():
    meet = threading.Barrier(2, timeout=DEADLINE)
    in_order({"a": meet.wait, "b": meet.wait}, {})
    assert not meet.broken


def test_after_a_failure_what_needs_it_is_not_begun_and_the_others_end():
    made: list[str] = []
    failed = threading.Event()

    def fail() -> None:
        failed.set()
        raise ValueError("first")

    def go_on() -> None:
        assert failed.wait(DEADLINE)
        made.append("beside")

    calls = {"a": fail, "needy": lambda: made.append("needy"), "b": go_on, "c": lambda: made.append("c")}
    with pytest.raises(ValueError, match="first"):
        in_order(calls, {"needy": ("a",), "c": ("b",)})
    assert made == ["beside", "c"]


def test_of_several_failures_the_first_in_the_order_given_is_told():
    def fail(what: str) -> None:
        raise ValueError(what)

    with pytest.raises(ValueError, match="one"):
        in_order({"a": lambda: fail("one"), "b": lambda: fail("two")}, {})


def test_no_calls_are_no_answers():
    assert in_order({}, {}) == {}


def test_a_call_that_is_made_ahead_runs_beside_the_block():
    begun, go_on = threading.Event(), threading.Event()

    def call() -> None:
        begun.set()
        assert go_on.wait(DEADLINE)

    with ahead(call):
        assert begun.wait(DEADLINE)
        go_on.set()


def test_what_a_call_made_ahead_raises_is_for_whoever_asks_again():
    with ahead(lambda: 1 / 0):
        pass


def test_an_answer_that_was_begun_is_handed_out_once():
    early, asked = Early[int](), iter(range(10))
    early.begin("q", lambda: next(asked))
    assert [early.take("q", lambda: next(asked)) for _ in range(3)] == [0, 1, 2]


def test_what_a_question_raised_early_is_raised_where_its_answer_is_taken():
    early = Early[float]()
    early.begin("q", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        early.take("q", lambda: 1.0)
    assert early.take("q", lambda: 1.0) == 1.0


def test_an_answer_that_is_still_to_come_is_waited_for():
    early, go_on = Early[str](), threading.Event()
    with ahead(lambda: early.begin("q", lambda: str(go_on.wait(DEADLINE)))):
        wait_while(lambda: "q" not in early._begun, DEADLINE)
        threading.Timer(0.05, go_on.set).start()
        assert early.take("q", lambda: "asked again") == "True"


def test_an_answer_that_nobody_took_is_forgotten():
    early = Early[str]()
    early.begin("q", lambda: "stale")
    early.forget()
    assert early.take("q", lambda: "asked again") == "asked again"


def test_what_becomes_of_a_call_is_told_to_all_who_wait_and_it_is_made_once():
    outcome, made = Outcome[str](), []
    answers: list[str] = []

    def call() -> str:
        made.append("made")
        return "answer"

    wait = lambda: answers.append(outcome.wait())  # noqa: E731
    together(wait, wait, lambda: answers.append(outcome.make(call)))
    assert (made, answers) == (["made"], ["answer"] * 3)


def test_what_a_call_raises_is_raised_where_it_was_made_and_where_it_is_waited_for():
    outcome = Outcome[float]()
    for ask in (lambda: outcome.make(lambda: 1 / 0), outcome.wait, outcome.wait):
        with pytest.raises(ZeroDivisionError):
            ask()
