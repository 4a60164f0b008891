from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from errno import EACCES, ENOENT
from threading import Barrier
from unittest.mock import Mock

import docker
import docker.errors
import pytest
import requests.exceptions
from harness.engines import silent_engine

from worktree_tasks.engine.failures import EngineForbidden, Gone
from worktree_tasks.engine.sdk import Engine, client
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
    with pytest.raises(DockerUnavailable, match="no Docker Engine answers") as told, client.speaking():
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


def test_a_socket_that_is_missing_is_named_with_the_systems_own_reason(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/gone.sock")
    with pytest.raises(DockerUnavailable) as told:
        Engine().check()
    assert (
        told.value.what == f"no Docker Engine answers: unix://{tmp_path}/gone.sock: No such file or directory"
    )


@pytest.mark.parametrize(("number", "kind"), [(EACCES, EngineForbidden), (ENOENT, DockerUnavailable)])
def test_a_socket_that_we_may_not_use_is_told_apart_from_one_that_is_missing(number, kind):
    cause = OSError(number, os.strerror(number))
    with pytest.raises(DockerUnavailable) as told, client.speaking():
        raise requests.exceptions.ConnectionError("refused") from cause
    assert type(told.value) is kind


def test_threads_that_ask_at_once_share_one_client_which_is_closed(monkeypatch):
    opened, together = [], Barrier(8)

    def client(**_options: object) -> Mock:
        opened.append(Mock())
        time.sleep(0.1)  # as opening one takes
        return opened[-1]

    monkeypatch.setattr(docker, "from_env", client)
    shared = Engine()

    def ask(_number: int) -> None:
        together.wait(20)
        shared.check()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    shared.close()
    (only,) = opened
    only.api.close.assert_called_once_with()


def engine_of(**answers) -> Engine:
    """Return an engine whose connection gives some answers."""
    engine = Engine()
    engine.__dict__["_api"] = Mock(**{f"{name}.return_value": answer for name, answer in answers.items()})
    return engine


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
    engine = engine_of(inspect_container=state, logs=b"one\r\ntwo\n")
    assert engine.last_lines("x", 5) == ["one", "two"]
    engine._api.logs.assert_called_once_with("x", tail=5, since=since)


def test_a_running_container_has_its_port_whoever_else_wants_it_back():
    wanted = {"HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "8001"}]}}}
    running = {"Names": ["/up"], "State": "running", "Ports": [{"PublicPort": 8001, "Type": "tcp"}]}
    stopped = {"Names": ["/down"], "State": "exited", "Id": "2"}
    for listed in ([running, stopped], [stopped, running]):
        engine = engine_of(containers=listed, inspect_container=wanted)
        assert engine.port_holders() == {(8001, "tcp"): "container up's"}


@pytest.mark.parametrize(("code", "output"), [(0, "1\n"), (2, None)])
def test_a_command_is_not_taken_for_failed_where_the_engine_hears_of_its_end_after_its_output(code, output):
    engine = engine_of(exec_create={"Id": "e"}, exec_start=b"1\n")
    told = [{"Running": True, "ExitCode": None}, {"Running": False, "ExitCode": code}]
    engine._api.exec_inspect.side_effect = told
    assert engine.output_of("x", ["psql"]) == output


@pytest.mark.parametrize("there", [True, False])
def test_a_file_is_asked_for_without_reading_it(there):
    engine = engine_of(head=Mock(ok=there))
    engine._api.configure_mock(base_url="http+docker://localhost", api_version="1.41")
    assert engine.has_file("x", "/usr/bin/git") is there
    asked = engine._api.head.call_args
    assert asked.args == ("http+docker://localhost/v1.41/containers/x/archive",)
    assert asked.kwargs["params"] == {"path": "/usr/bin/git"}


def test_a_container_that_is_gone_is_not_taken_for_one_without_the_file():
    engine = engine_of(head=Mock(ok=False))
    engine._api.inspect_container.side_effect = docker.errors.NotFound("no", Mock(status_code=404))
    with pytest.raises(Gone):
        engine.has_file("x", "/usr/bin/git")
