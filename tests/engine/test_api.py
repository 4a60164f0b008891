from __future__ import annotations

import json
import os
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from errno import EACCES, ENOENT
from threading import Barrier
from unittest.mock import Mock

import docker
import docker.errors
import pytest
import requests.exceptions
from harness.engines import silent_engine, talking_engine

from worktree_tasks.engine.api import Engine, client, images
from worktree_tasks.engine.api.remote_client import speaking
from worktree_tasks.engine.api.socket_client import OverSocket
from worktree_tasks.engine.api.transport import Response
from worktree_tasks.engine.api_errors import EngineForbidden, EngineRefused, Gone
from worktree_tasks.errors import DockerUnavailable


@pytest.mark.parametrize(
    "raised",
    [
        requests.exceptions.ConnectionError("refused"),
        requests.exceptions.ReadTimeout("Read timed out. (read timeout=60)"),
        requests.exceptions.ChunkedEncodingError("broken off"),
        docker.errors.DockerException("no such host"),
    ],
)
def test_an_engine_that_does_not_answer_to_the_end_is_one_error_with_a_hint(raised):
    with pytest.raises(DockerUnavailable, match="no Docker Engine answers") as told, speaking(60):
        raise raised
    assert told.value.hint


def test_an_engine_that_accepts_and_never_answers_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(client, "_FIRST_SECONDS", 0.5)
    with silent_engine() as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        with pytest.raises(DockerUnavailable) as told:
            Engine().check()
    assert told.value.what == f"no Docker Engine answers: waited 0.5 s for {address}"


@pytest.mark.parametrize("configured", [False, True], ids=["environment", "configuration"])
def test_a_context_that_does_not_exist_is_an_error_and_never_the_default_engine(
    monkeypatch, tmp_path, configured
):
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.delenv("DOCKER_CONTEXT", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    if configured:
        (tmp_path / "config.json").write_text('{"currentContext": "gone"}')
    else:
        monkeypatch.setenv("DOCKER_CONTEXT", "gone")
    with pytest.raises(DockerUnavailable, match="there is no Docker context 'gone'") as told:
        Engine().check()
    assert "docker context ls" in told.value.hint
    assert "gone" in Engine.endpoint()[0]


def test_an_engine_on_a_socket_of_this_machine_is_asked_without_the_sdk(monkeypatch):
    monkeypatch.setattr(docker, "from_env", Mock(side_effect=AssertionError("the SDK was asked")))
    with talking_engine(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]") as (address, asked):
        monkeypatch.setenv("DOCKER_HOST", address)
        assert Engine().labelled("a", "b=c") == ()
    assert asked[0].startswith(b"GET /_ping ")
    assert b"/containers/json?all=1&filters=%7B%22label%22%3A+%5B%22a%22%2C+%22b%3Dc%22%5D%7D " in asked[1]


def test_images_are_listed_once_the_engine_has_removed_the_one_that_it_misses(monkeypatch):
    answers = [Gone("Docker: content digest sha256:abe3: not found")] * 2
    answers.append([{"Id": "sha256:1", "RepoTags": ["shop-web:latest"], "Labels": None}])
    monkeypatch.setattr(Engine, "get", Mock(side_effect=answers))
    assert Engine().images() == {"shop-web:latest": {}}
    assert Engine.get.call_count == len(answers)


def test_images_that_the_engine_never_lists_are_an_error(monkeypatch):
    monkeypatch.setattr(images, "_REMOVAL_SECONDS", 0.1)
    monkeypatch.setattr(Engine, "get", Mock(side_effect=Gone("Docker: page not found")))
    with pytest.raises(Gone, match="page not found"):
        Engine().untagged("worktree-tasks.key")


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[",
        b"HTTP/1.1 200 OK\r\n\r\n<html>",
    ],
)
def test_what_answers_on_the_socket_and_is_no_engine_is_one_error_with_a_hint(monkeypatch, said):
    with talking_engine(said) as (address, _):
        monkeypatch.setenv("DOCKER_HOST", address)
        with pytest.raises(DockerUnavailable, match="no Docker Engine answers") as told:
            Engine().networks()
    assert told.value.hint


def test_a_socket_that_is_missing_is_named_with_the_systems_own_reason(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/gone.sock")
    with pytest.raises(DockerUnavailable) as told:
        Engine().check()
    assert (
        told.value.what == f"no Docker Engine answers: unix://{tmp_path}/gone.sock: No such file or directory"
    )


@pytest.mark.parametrize(("number", "kind"), [(EACCES, EngineForbidden), (ENOENT, DockerUnavailable)])
def test_a_socket_that_we_may_not_use_is_told_apart_from_one_that_is_missing(monkeypatch, number, kind):
    cause = OSError(number, os.strerror(number))
    with pytest.raises(DockerUnavailable) as told, speaking(60):
        raise requests.exceptions.ConnectionError("refused") from cause
    assert type(told.value) is kind
    monkeypatch.setattr(socket.socket, "connect", Mock(side_effect=cause))
    with pytest.raises(DockerUnavailable) as told:
        OverSocket("/run/engine.sock").request("GET", "/_ping", None, 1)
    assert type(told.value) is kind


def test_threads_that_ask_at_once_share_one_client_of_the_sdk_which_is_closed(monkeypatch):
    opened, together = [], Barrier(8)

    def client(**_options: object) -> Mock:
        opened.append(Mock())
        opened[-1].api = Mock(base_url="http://far")
        opened[-1].api.request.return_value = Mock(status_code=200, content=b"[]")
        time.sleep(0.1)  # as opening one takes
        return opened[-1]

    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    monkeypatch.setattr(docker, "from_env", client)
    shared = Engine()

    def ask(_number: int) -> None:
        together.wait(20)
        assert shared.networks() == ()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    shared.close()
    (only,) = opened
    only.api.close.assert_called_once_with()
    assert only.api.request.call_args.args == ("GET", "http://far/networks")


class Scripted:
    """A way to an engine that gives some answers, or refuses with a status, by parts of paths, in turn."""

    def __init__(self, answers):
        self.answers = {part: list(told) for part, told in answers.items()}
        self.asked = []

    def request(self, method, path, body, seconds):
        self.asked.append((method, path, body, seconds))
        told = next(told for part, told in self.answers.items() if part in path)
        one = told.pop(0) if len(told) > 1 else told[0]
        if isinstance(one, int):
            return Response(one, b"")
        return Response(200, one if isinstance(one, bytes) else json.dumps(one).encode())


def engine_of(**answers) -> Engine:
    """Return an engine that gives some answers, by the last word of the path."""
    engine = Engine()
    engine.__dict__["_transport"] = Scripted({f"/{part}": told for part, told in answers.items()})
    return engine


def stream(number: int, text: bytes) -> bytes:
    return bytes([number, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


@pytest.mark.parametrize(
    ("state", "since"),
    [
        ({"State": {"StartedAt": "2026-11-27T20:00:01.123456789Z"}, "RestartCount": 0}, 1795809600.123456),
        ({"State": {"StartedAt": "2026-11-27T20:00:01Z"}, "RestartCount": 0}, 1795809600.0),
        # Docker itself restarts it: what it said before is what it says.
        ({"State": {"StartedAt": "2026-11-27T20:00:01Z"}, "RestartCount": 3}, None),
        ({"State": {"StartedAt": "0001-01-01T00:00:00Z"}}, None),
    ],
)
def test_last_lines_are_those_since_somebody_started_the_container(state, since):
    words = stream(1, b"one\r\n") + stream(2, b"two\n")
    for terminal, said in ((False, words), (True, b"one\r\ntwo\n")):
        engine = engine_of(json=[{**state, "Config": {"Tty": terminal}}], logs=[said])
        assert engine.last_lines("x", 5) == ["one", "two"]
        path = engine._transport.asked[-1][1]
        assert ("since=" in path) == bool(since)
        assert path.endswith(f"tail=5&since={since}" if since else "tail=5")


def test_a_running_container_has_its_port_whoever_else_wants_it_back():
    wanted = {"HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "8001"}]}}}
    running = {"Names": ["/up"], "State": "running", "Ports": [{"PublicPort": 8001, "Type": "tcp"}]}
    stopped = {"Names": ["/down"], "State": "exited", "Id": "2"}
    for listed in ([running, stopped], [stopped, running]):
        engine = engine_of(**{"containers/json": [listed], "2/json": [wanted]})
        assert engine.port_holders() == {(8001, "tcp"): "container up's"}


@pytest.mark.parametrize(("code", "output"), [(0, "1\n"), (2, None)])
def test_a_command_is_not_taken_for_failed_where_the_engine_hears_of_its_end_after_its_output(code, output):
    told = [{"Running": True, "ExitCode": None}, {"Running": False, "ExitCode": code}]
    engine = engine_of(**{"exec/e/json": told, "start": [stream(1, b"1\n")], "exec": [{"Id": "e"}]})
    assert engine.output_of("x", ["psql"]) == output


@pytest.mark.parametrize("there", [True, False])
def test_a_file_is_asked_for_without_reading_it(there):
    engine = engine_of(archive=[200 if there else 404], json=[{"Id": "x"}])
    assert engine.has_file("x", "/usr/bin/git") is there
    method, path, *_ = engine._transport.asked[0]
    assert (method, path) == ("HEAD", "/containers/x/archive?path=%2Fusr%2Fbin%2Fgit")


def test_a_container_that_is_gone_is_not_taken_for_one_without_the_file():
    with pytest.raises(Gone):
        engine_of(archive=[404], json=[404]).has_file("x", "/usr/bin/git")


def test_both_streams_of_a_command_are_told_apart_however_they_are_mixed_and_cut_off():
    said = stream(1, b"a") + stream(2, b"b") + stream(1, b"") + stream(1, b"c") + stream(2, b"def")[:-2]
    answers = {"exec/e/json": [{"ExitCode": 3}], "start": [said], "exec": [{"Id": "e"}]}
    engine = engine_of(**answers)
    result = engine.execute("x", ["psql"], {"PGPASSWORD": "a=b"})
    assert (result.code, result.out, result.err) == (3, "ac", "bd")
    made, started, *_ = engine._transport.asked
    body = json.loads(made[2])
    assert (body["Env"], body["Cmd"]) == (["PGPASSWORD=a=b"], ["psql"])
    assert started[3] is None, "a command may be silent for as long as it likes"


def test_an_engine_that_refuses_to_look_is_not_taken_for_a_container_without_the_file():
    with pytest.raises(EngineRefused):
        engine_of(archive=[500], json=[{"Id": "x"}]).has_file("x", "/usr/bin/git")
