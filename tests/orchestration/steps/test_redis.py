"""A shared Redis: asked once for what it has, also where there is no shell to ask for both at once."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from worktree_tasks.configuration.env.brokers import RedisServer
from worktree_tasks.orchestration.steps.redis import empty_database, room_of, size_of

TOLD = "databases\n32\n# Keyspace\ndb3:keys=1,expires=0,avg_ttl=0\n"


class _Project:
    """A project whose runtime answers commands in shared services by a function."""

    def __init__(self, answer) -> None:
        self.asked: list[tuple[str, list[str], dict[str, str]]] = []
        self.runtime = SimpleNamespace(exec_shared=self._answer)
        self._answered = answer
        self._turn = threading.Lock()

    def _answer(self, _, service, argv, *, env):
        with self._turn:
            self.asked.append((service, argv, env))
        return self._answered(argv)


def test_both_are_asked_in_one_command_with_the_password_out_of_sight():
    project = _Project(lambda _: TOLD)
    assert room_of(project, RedisServer("cache", "app", "p@ss")) == (32, {3})
    ((service, argv, env),) = project.asked
    assert (service, argv[0], argv[-2:]) == ("cache", "sh", ["--user", "app"])
    assert env == {"REDISCLI_AUTH": "p@ss"}
    assert "p@ss" not in " ".join(argv)


def test_without_a_shell_they_are_asked_apart():
    def answer(argv):
        return None if argv[0] == "sh" else TOLD[:13] if "CONFIG" in argv else TOLD[13:]

    assert room_of(_Project(answer), RedisServer("cache")) == (32, {3})


@pytest.mark.parametrize("said", [None, "", "NOPERM this user has no permissions\n"])
def test_what_is_not_told_is_not_taken_for_empty(said):
    assert room_of(_Project(lambda _: said), RedisServer("cache")) == (16, None)


@pytest.mark.parametrize(("said", "expected"), [("7\n", 7), ("0\n", 0), (None, None), ("NOAUTH\n", None)])
def test_the_keys_of_a_database_are_counted_where_they_can_be(said, expected):
    assert size_of(_Project(lambda _: said), RedisServer("cache"), 3) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [("2\n0\n", (2, 0)), ("0\n", (0, 0)), ("2\n2\n", (2, 2)), ("NOAUTH\n", (None, None)), ("", (None, None))],
)
def test_a_database_is_emptied_in_one_command(said, expected):
    project = _Project(lambda _: said)
    assert empty_database(project, RedisServer("cache"), 3) == expected
    assert [argv[-2:] for _, argv, _ in project.asked] == [["-n", "3"]]


@pytest.mark.parametrize(("keys", "commands"), [(0, ["DBSIZE"]), (2, ["DBSIZE", "FLUSHDB", "DBSIZE"])])
def test_without_a_shell_it_is_emptied_step_by_step_and_left_alone_where_nothing_is_in_it(keys, commands):
    done = []

    def answer(argv):
        if argv[0] == "sh":
            return None
        done.append(argv[-1])
        return "OK" if argv[-1] == "FLUSHDB" else "0" if "FLUSHDB" in done else str(keys)

    assert empty_database(_Project(answer), RedisServer("cache"), 3) == (keys, 0)
    assert done == commands
