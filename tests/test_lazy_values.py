from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest

from worktree_tasks.configuration.remote_caller import Caller
from worktree_tasks.lazy_values import once

SECONDS = 20.0
CROWD = 8


class Asked:
    """What counts how often its value is worked out."""

    def __init__(self, meeting: Barrier | None = None, seconds: float = SECONDS) -> None:
        self.times: list[int] = []
        self.meeting, self.seconds = meeting, seconds

    @once
    def value(self) -> object:
        """What is asked for."""
        self.times.append(1)
        if self.meeting:
            # Until a second thread works out a value, too.
            with suppress(BrokenBarrierError):
                self.meeting.wait(self.seconds)
        return object()

    @once
    def twice(self) -> tuple[object, object]:
        return self.value, self.value

    @once
    def failing(self) -> object:
        self.times.append(1)
        if len(self.times) == 1:
            raise ZeroDivisionError
        return self


def test_threads_that_ask_at_once_get_one_value_that_is_worked_out_once():
    asked, together = Asked(Barrier(2), seconds=0.3), Barrier(CROWD)

    def ask(_number: int) -> object:
        together.wait(SECONDS)
        return asked.value

    with ThreadPoolExecutor(CROWD) as pool:
        values = list(pool.map(ask, range(CROWD)))
    assert len({id(one) for one in values}) == 1
    assert asked.times == [1]
    assert asked.value is values[0]


def test_objects_do_not_wait_for_each_other():
    meeting = Barrier(2)
    first, second = Asked(meeting), Asked(meeting)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: one.value, (first, second)))
    assert not meeting.broken


def test_each_object_has_its_own_value_which_may_be_set():
    first, second = Asked(), Asked()
    assert first.value is not second.value
    assert first.twice == (first.value, first.value)
    first.value = "set"
    assert first.value == "set"


def test_what_could_not_be_worked_out_is_tried_again():
    asked = Asked()
    with pytest.raises(ZeroDivisionError):
        _ = asked.failing
    assert asked.failing is asked


def test_it_has_the_words_of_its_method():
    assert Asked.value.__doc__ == "What is asked for."


def test_no_code_of_ours_runs_while_a_class_is_made_since_ctrl_c_could_not_pass_it():
    # Python 3.11 turns whatever `__set_name__` raises into a RuntimeError, and a Ctrl-C with it.
    assert not hasattr(vars(Asked)["value"], "__set_name__")
    assert not hasattr(vars(Caller)["__dataclass_fields__"], "__set_name__")
