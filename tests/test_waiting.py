from __future__ import annotations

import time

import pytest

from worktree_tasks.waiting import wait_while


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
