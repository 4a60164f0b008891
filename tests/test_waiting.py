from __future__ import annotations

import time

import pytest

from worktree_tasks import waiting
from worktree_tasks.waiting import Look, wait_while


def test_a_wait_ends_as_soon_as_nothing_is_missing():
    answers = iter([["db", "redis"], ["db"], [], ["never asked"]])
    assert wait_while(lambda: next(answers), 60) == []
    assert next(answers) == ["never asked"]


def test_what_is_still_missing_when_the_time_is_up_is_returned():
    began = time.monotonic()
    assert wait_while(lambda: ["db"], 0.2) == ["db"]
    assert time.monotonic() - began >= 0.2


def test_what_is_there_at_once_is_not_waited_for():
    asked = []
    assert wait_while(lambda: asked.append(1), 60) is None
    assert asked == [1]


def test_an_error_ends_a_wait():
    with pytest.raises(ZeroDivisionError):
        wait_while(lambda: 1 // 0, 60)


def test_what_was_found_a_moment_ago_is_kept_until_it_is_too_old_or_somebody_looks_again(monkeypatch):
    clock, found = [100.0], iter(range(9))
    monkeypatch.setattr(waiting.time, "monotonic", lambda: clock[0])
    look = Look(lambda: next(found), 0.2)
    assert [look.last(), look.last()] == [0, 0]
    clock[0] += 0.25
    assert [look.last(), look.last(), look.now(), look.last()] == [1, 1, 2, 2]
