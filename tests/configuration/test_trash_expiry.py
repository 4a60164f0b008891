from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worktree_tasks.configuration.trash_expiry import Aged, expiry

DAY = 86400.0
START = 1.8e9
YEARS = 5 * 365 * DAY


def looked(points, now, days=30.0, needed=()):
    """Look once, as `clean` does: what goes is gone, what is to be noted is."""
    found = expiry(points, now=now, days=days, needed=needed)
    left = [one for one in points if one.name not in found.due]
    return [replace(one, seen=found.looks.get(one.name, one.seen)) for one in left]


@pytest.fixture
def points():
    """Three of one worktree and one of another, the latest first."""
    return [
        Aged("c", "w", START + 2 * DAY),
        Aged("other", "v", START + DAY),
        Aged("b", "w", START + DAY),
        Aged("a", "w", START),
    ]


def names(points):
    return "".join(one.name for one in points)


def test_one_goes_at_the_second_look_a_day_after_the_first(points):
    points = looked(points, START + 30.5 * DAY)
    assert names(points) == "cotherba"
    points = looked(points, START + 31.4 * DAY)
    assert names(points) == "cotherba"
    points = looked(points, START + 31.6 * DAY)
    assert names(points) == "cotherb"
    assert names(looked(points, START + 32.5 * DAY)) == "cother"


def test_the_newest_of_each_worktree_stays_in_any_case(points):
    for day in range(20):
        points = looked(points, START + YEARS + day * DAY, days=0.0)
    assert names(points) == "cother"


def test_a_clock_that_jumps_ahead_and_back_takes_nothing_however_often(points):
    for day in range(4):
        points = looked(points, START + YEARS)
        points = looked(points, START + day * DAY)
    assert names(points) == "cotherba"
    assert {one.seen for one in points} == {None}


def test_a_look_by_a_clock_that_was_ahead_does_not_count(points):
    points = looked(points, START + YEARS)
    points = looked(points, START + 100 * DAY)
    assert {one.name: one.seen for one in points if one.seen} == {
        "a": START + 100 * DAY,
        "b": START + 100 * DAY,
    }
    assert names(looked(points, START + 100.5 * DAY)) == "cotherba"


def test_a_clock_that_starts_again_at_the_epoch_takes_nothing(points):
    for now in (START + 40 * DAY, 0.0, 5 * DAY):
        points = looked(points, now)
    assert names(points) == "cotherba"


def test_what_a_command_has_begun_to_use_stays(points):
    for day in range(3):
        points = looked(points, START + (40 + day) * DAY, needed=["a"])
    assert names(points) == "cothera"


@given(st.lists(st.floats(-YEARS, YEARS), max_size=12), st.floats(0, 60))
def test_whatever_the_clock_does_nothing_goes_without_two_looks_a_day_apart(clock, days):
    points = [Aged("new", "w", START), Aged("old", "w", START - DAY)]
    seen = []
    for offset in clock:
        now = START + offset
        before, points = points, looked(points, now, days)
        assert "new" in names(points)
        if len(points) < len(before):
            assert any(now - one >= DAY for one in seen)
        seen.append(now)
