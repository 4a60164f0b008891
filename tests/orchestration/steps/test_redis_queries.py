"""A shared Redis: asked over a connection if one leads there, else by its own program."""

from __future__ import annotations

import socket
import threading
from types import SimpleNamespace

import pytest

from worktree_tasks.configuration.env.brokers import RedisServer
from worktree_tasks.orchestration.steps.redis_queries import empty_database, room_of, size_of

LIMIT, KEYS = "databases\n32\n", "# Keyspace\ndb3:keys=1,expires=0,avg_ttl=0\n"


class RedisLike:
    """Answers commands as a Redis does; `refuses` are those to which it says no."""

    def __init__(self, sizes: dict[int, int], *refuses: str, auth: tuple[str, ...] = ()) -> None:
        self.sizes, self.refuses, self.auth = sizes, refuses, auth
        self.heard: list[list[str]] = []

    def connection(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        threading.Thread(target=self._serve, args=(theirs,), daemon=True).start()
        return ours

    def _serve(self, connection: socket.socket) -> None:
        number, welcome = 0, not self.auth
        with connection, connection.makefile("rb") as words:
            while line := words.readline():
                said = [words.read(int(words.readline()[1:]) + 2)[:-2].decode() for _ in range(int(line[1:]))]
                self.heard.append(said)
                name = said[0]
                if name == "AUTH":
                    welcome = tuple(said[1:]) == self.auth
                    answer = b"+OK\r\n" if welcome else b"-WRONGPASS\r\n"
                elif not welcome:
                    answer = b"-NOAUTH Authentication required.\r\n"
                elif name in self.refuses:
                    answer = b"-NOPERM\r\n"
                elif name == "SELECT":
                    number, answer = int(said[1]), b"+OK\r\n"
                elif name == "DBSIZE":
                    answer = f":{self.sizes.get(number, 0)}\r\n".encode()
                elif name == "FLUSHDB":
                    answer = b"+OK\r\n"
                    self.sizes[number] = 0
                elif name == "CONFIG":
                    answer = b"*2\r\n$9\r\ndatabases\r\n$2\r\n32\r\n"
                else:
                    rows = "".join(f"db{one}:keys={size},expires=0\r\n" for one, size in self.sizes.items())
                    text = f"# Keyspace\r\n{rows}"
                    answer = f"${len(text)}\r\n{text}\r\n".encode()
                connection.sendall(answer)


class _Project:
    """A project whose runtime answers commands in shared services by a function."""

    def __init__(self, answer) -> None:
        self.asked: list[tuple[str, list[str], dict[str, str]]] = []
        self.runtime = SimpleNamespace(exec_shared=self._answer, connection=self._connection)
        self._answered = answer
        self._turn = threading.Lock()
        self.server: RedisLike | None = None

    def _connection(self, _, service, port):
        assert (service, port) == ("cache", 6379)
        return self.server.connection() if self.server else None

    def _answer(self, _, service, argv, *, env):
        with self._turn:
            self.asked.append((service, argv, env))
        return self._answered(argv)


def told(argv):
    return LIMIT if "CONFIG" in argv else KEYS


def test_it_is_asked_with_the_password_out_of_sight():
    project = _Project(told)
    assert room_of(project, RedisServer("cache", "app", "p@ss")) == (32, {3})
    assert len(project.asked) == 2
    for service, argv, env in project.asked:
        assert (service, argv[:3]) == ("cache", ["redis-cli", "--user", "app"])
        assert env == {"REDISCLI_AUTH": "p@ss"}
        assert "p@ss" not in " ".join(argv)


@pytest.mark.parametrize("said", [None, "", "NOPERM this user has no permissions\n"])
def test_what_is_not_told_is_not_taken_for_empty(said):
    assert room_of(_Project(lambda _: said), RedisServer("cache")) == (16, None)


@pytest.mark.parametrize(("said", "expected"), [("7\n", 7), ("0\n", 0), (None, None), ("NOAUTH\n", None)])
def test_the_keys_of_a_database_are_counted_where_they_can_be(said, expected):
    assert size_of(_Project(lambda _: said), RedisServer("cache"), 3) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [("0\n", (0, 0)), ("2\n", (2, 2)), ("NOAUTH\n", (None, None)), (None, (None, None))],
)
def test_a_database_that_is_not_emptied_is_told_to_be_as_it_was(said, expected):
    project = _Project(lambda _: said)
    assert empty_database(project, RedisServer("cache"), 3) == expected
    assert {tuple(argv[1:3]) for _, argv, _ in project.asked} == {("-n", "3")}


@pytest.mark.parametrize(("keys", "commands"), [(0, ["DBSIZE"]), (2, ["DBSIZE", "FLUSHDB", "DBSIZE"])])
def test_a_database_is_emptied_and_left_alone_where_nothing_is_in_it(keys, commands):
    done = []

    def answer(argv):
        done.append(argv[-1])
        return "OK" if argv[-1] == "FLUSHDB" else "0" if "FLUSHDB" in done else str(keys)

    assert empty_database(_Project(answer), RedisServer("cache"), 3) == (keys, 0)
    assert done == commands


def test_where_a_connection_leads_into_the_container_no_program_is_started_there():
    project = _Project(lambda _: pytest.fail("a program was started"))
    project.server = RedisLike({3: 1, 5: 2}, auth=("app", "p@ss"))
    server = RedisServer("cache", "app", "p@ss")
    assert room_of(project, server) == (32, {3, 5})
    assert empty_database(project, server, 7) == (0, 0)
    assert empty_database(project, server, 5) == (2, 0)
    assert project.server.sizes == {3: 1, 5: 0}


@pytest.mark.parametrize(
    ("refused", "password"), [("CONFIG", ""), ("INFO", ""), ("", "wrong"), ("", "")], ids=str
)
def test_what_is_refused_over_a_connection_is_asked_in_the_container(refused, password):
    project = _Project(told)
    project.server = RedisLike({}, refused, auth=() if refused else ("right",))
    assert room_of(project, RedisServer("cache", "", password)) == (32, {3})


def test_a_database_that_cannot_be_chosen_is_not_emptied_in_the_place_of_another():
    project = _Project(lambda _: "1\n")
    project.server = RedisLike({0: 4}, "SELECT")
    assert empty_database(project, RedisServer("cache"), 99) == (1, 1)
    assert project.server.sizes == {0: 4}
    assert "FLUSHDB" not in {words[0] for words in project.server.heard}
