"""Calls that need one another: each in its time, side by side where they may be, and none after a failure."""

from __future__ import annotations

import threading

import pytest

from worktree_tasks.parallel import in_order

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
