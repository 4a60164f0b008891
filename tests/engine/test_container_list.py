"""The engine's list over its socket: where that is, what is read, and when the program is asked instead."""

from __future__ import annotations

import hashlib
import json

import pytest
from harness.engines import silent_engine, talking_engine

from worktree_tasks.engine import container_list, docker_ps
from worktree_tasks.engine.socket_address import socket_in_use
from worktree_tasks.errors import DockerUnavailable

DEFAULT = "/var/run/docker.sock"
WEB = {
    "Id": "1" * 64,
    "Names": ["/shop-auth-web-1"],
    "State": "running",
    "Status": "Up 2 minutes (healthy)",
    "Labels": {
        "com.docker.compose.project": "shop-auth",
        "com.docker.compose.service": "web",
        "com.docker.compose.project.working_dir": "/w/auth",
        "com.docker.compose.project.config_files": "/w/auth/compose.yaml,/w/auth/compose.override.yaml",
        "worktree-tasks.key": "abc",
    },
    "Ports": [
        {"IP": "127.0.0.1", "PrivatePort": 8000, "PublicPort": 8001, "Type": "tcp"},
        {"IP": "::1", "PrivatePort": 8000, "PublicPort": 8001, "Type": "tcp"},
        {"PrivatePort": 9000, "Type": "tcp"},
        {"PrivatePort": 53, "PublicPort": 5353, "Type": "udp"},
    ],
    "NetworkSettings": {"Networks": {"shop_worktree_auth": {}}},
}


def http(body: object, head: str = "HTTP/1.0 200 OK\r\nContent-Type: application/json") -> bytes:
    return f"{head}\r\n\r\n".encode() + (body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.fixture
def folder(tmp_path):
    """Docker's folder with contexts of some hosts."""

    def write(current: str | None, **hosts: str):
        (tmp_path / "config.json").write_text(json.dumps({"currentContext": current} if current else {}))
        for name, host in hosts.items():
            place = tmp_path / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
            place.mkdir(parents=True)
            (place / "meta.json").write_text(
                json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}})
            )
        return {"DOCKER_CONFIG": str(tmp_path)}

    return write


def test_without_a_context_the_engine_is_where_docker_has_it(folder, tmp_path):
    assert socket_in_use(folder(None)) == DEFAULT
    assert socket_in_use(folder("default")) == DEFAULT
    assert socket_in_use({"DOCKER_CONFIG": str(tmp_path / "nowhere")}) == DEFAULT


def test_the_context_in_use_names_the_socket_as_of_a_rootless_engine(folder):
    env = folder("rootless", rootless="unix:///run/user/1000/docker.sock", far="ssh://me@far")
    assert socket_in_use(env) == "/run/user/1000/docker.sock"
    assert socket_in_use({**env, "DOCKER_CONTEXT": "default"}) == DEFAULT
    assert socket_in_use({**env, "DOCKER_CONTEXT": "far"}) is None
    assert socket_in_use({**env, "DOCKER_CONTEXT": "unknown"}) is None
    assert socket_in_use({**env, "DOCKER_HOST": "unix:///other.sock"}) == "/other.sock"


@pytest.mark.parametrize(
    "host", ["tcp://127.0.0.1:2375", "ssh://me@far", "npipe:////./pipe/docker", "unix://"]
)
def test_what_is_no_socket_of_this_machine_is_left_to_the_docker_program(host):
    assert socket_in_use({"DOCKER_HOST": host}) is None


@pytest.mark.parametrize("text", ["{", "[]", '{"Endpoints": []}', '{"Endpoints": {"docker": 1}}', ""])
def test_a_context_that_cannot_be_read_is_left_to_the_docker_program(folder, tmp_path, text):
    env = folder("odd", odd="unix:///x.sock")
    next(tmp_path.glob("contexts/meta/*/meta.json")).write_text(text)
    assert socket_in_use(env) is None


def test_containers_are_read_in_one_question_of_compose_projects(monkeypatch):
    with talking_engine(http([WEB])) as (address, asked):
        monkeypatch.setenv("DOCKER_HOST", address)
        (found,) = container_list.containers()
    assert [line.split(b" ")[1].partition(b"?")[0] for line in asked] == [b"/containers/json"]
    assert b"all=1" in asked[0]
    assert b"com.docker.compose.project" in asked[0]
    assert (found.name, found.project, found.service, found.key) == (
        "shop-auth-web-1",
        "shop-auth",
        "web",
        "abc",
    )
    assert found.published == ((53, 5353, "udp"), (8000, 8001, "tcp"))
    assert found.networks == {"shop_worktree_auth"}
    assert found.files == ("/w/auth/compose.yaml", "/w/auth/compose.override.yaml")
    assert (found.directory, found.word) == ("/w/auth", "healthy")


@pytest.mark.parametrize(
    "answer",
    [
        http({"message": "no"}, "HTTP/1.0 500 Internal Server Error"),
        http(b"1\r\n[]\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"),
        http({"message": "no list"}),
        http(b"[{"),
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
)
def test_an_unusual_answer_is_left_to_the_docker_program(monkeypatch, answer):
    monkeypatch.setattr(docker_ps, "containers", lambda *, seconds: ("asked", seconds))
    with talking_engine(answer) as (address, _):
        monkeypatch.setenv("DOCKER_HOST", address)
        assert container_list.containers(seconds=7) == ("asked", 7)


def test_a_socket_that_never_answers_is_waited_for_in_bounded_time_and_named(monkeypatch):
    with silent_engine() as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        with pytest.raises(DockerUnavailable, match=rf"waited 0\.3 s for {address}"):
            container_list.containers(seconds=0.3)


def test_a_socket_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(DockerUnavailable, match=r"unix:///nowhere/docker\.sock: No such file"):
        container_list.containers()
