"""What engines have in common: copies are watched and ended, and room is read."""

from __future__ import annotations

import threading

import pytest

from worktree_tasks.command import Result
from worktree_tasks.errors import Failure
from worktree_tasks.orchestration.databases import database_errors
from worktree_tasks.orchestration.databases.database_errors import room, watched

DONE = Result((), 0, "done", "")


def test_it_is_looked_at_until_it_is_done(monkeypatch):
    monkeypatch.setattr(database_errors, "_LOOK_SECONDS", 0.01)
    enough, looks = threading.Event(), []

    def look() -> None:
        looks.append(None)
        if len(looks) > 2:
            enough.set()

    def work() -> Result:
        assert enough.wait(60)
        return DONE

    assert watched(work, look, pytest.fail) is DONE
    assert len(looks) > 2


@pytest.mark.parametrize("error", [Failure("down"), KeyboardInterrupt()])
def test_what_runs_is_ended_when_the_command_is(monkeypatch, error):
    monkeypatch.setattr(database_errors, "_LOOK_SECONDS", 0.01)
    ended = threading.Event()

    def look() -> None:
        raise error

    def work() -> Result:
        assert ended.wait(60)
        return DONE

    with pytest.raises(type(error)):
        watched(work, look, ended.set)
    assert ended.is_set()


def test_the_room_is_what_df_says_in_its_last_line():
    said = "Filesystem 1024-blocks Used Available Capacity Mounted on\noverlay 100 40 60 40% /\n"
    assert room(Result((), 0, said, "")) == 60 * 1024
    assert room(Result((), 1, said, "")) is None
    assert room(Result((), 0, "", "")) is None
    assert room(Result((), 0, "df: unknown\n", "")) is None
