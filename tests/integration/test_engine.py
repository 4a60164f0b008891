"""The real engine: its refusals arrive as types, and all ways to ask it tell the same of a container."""

from __future__ import annotations

import os
import secrets
import subprocess
from contextlib import ExitStack, closing
from dataclasses import fields

import pytest
from harness.engines import engine_by_tcp
from harness.programs import needed

from worktree_tasks.configuration.compose.containers import Container, ListedContainer
from worktree_tasks.configuration.compose.stack import KEY
from worktree_tasks.engine import container_list, docker_ps
from worktree_tasks.engine.api import Engine
from worktree_tasks.engine.api_errors import Gone, NameTaken, SubnetOverlaps
from worktree_tasks.engine.socket_address import socket_in_use
from worktree_tasks.machine.container_connection import connect_into
from worktree_tasks.machine.redis_connection import ask_redis
from worktree_tasks.waiting import wait_while

pytestmark = pytest.mark.engine

RANGE, ELSEWHERE = "10.231.255.0/28", "10.231.255.64/28"


@pytest.fixture(params=["its socket", "the SDK"])
def engine(request, monkeypatch):
    needed("Docker Engine", "docker", "version")
    with ExitStack() as stack:
        if request.param == "the SDK":
            place = socket_in_use(os.environ)
            monkeypatch.setenv("DOCKER_HOST", stack.enter_context(engine_by_tcp(place)))
        yield stack.enter_context(closing(Engine()))


@pytest.fixture
def network(engine):
    name = f"failures-{secrets.token_hex(4)}"
    engine.create_network(name, RANGE, {})
    yield name
    engine.remove_network(name)


def test_a_name_and_a_range_that_are_taken_are_told_apart(engine, network):
    with pytest.raises(NameTaken):
        engine.create_network(network, ELSEWHERE, {})
    with pytest.raises(SubnetOverlaps):
        engine.create_network(f"{network}-2", RANGE, {})


def test_what_is_not_there_is_gone_or_none(engine):
    with pytest.raises(Gone):
        engine.inspect("failures-none")
    assert engine.image("failures-none:none") is None
    engine.remove_container("failures-none")
    engine.remove_volume("failures-none")


@pytest.fixture
def container():
    needed("image redis:7: run ci/images", "docker", "image", "inspect", "redis:7")
    name = f"listed-{secrets.token_hex(4)}"
    labels = {
        "com.docker.compose.project": name,
        "com.docker.compose.service": "a,b=c",
        "com.docker.compose.config-hash": "0",
        "com.docker.compose.project.working_dir": "/shop",
        "com.docker.compose.project.config_files": "/shop/compose.yaml",
        "com.docker.compose.depends_on": "seed:service_completed_successfully:false",
        KEY: f"key of {name}",
    }
    words = [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]
    ports = ("--publish", "127.0.0.1::6379", "--publish", "127.0.0.1::53/udp", "--expose", "9000")
    subprocess.run(["docker", "run", "--detach", "--name", name, *words, *ports, "redis:7"], check=True)
    yield name
    subprocess.run(["docker", "rm", "--force", "--volumes", name], check=True)


def test_docker_ps_the_socket_and_the_sdk_tell_the_same_of_a_container_and_all_of_it(engine, container):
    (full,) = engine.containers(project=container)
    (listed,) = (one for one in docker_ps.containers() if one.project == container)
    (quick,) = (one for one in container_list.containers() if one.project == container)
    # Its status tells its age, which goes on between the two questions.
    told = [field.name for field in fields(ListedContainer) if field.name != "status"]
    assert [getattr(full, name) for name in told] == [getattr(listed, name) for name in told]
    assert [getattr(full, name) for name in told] == [getattr(quick, name) for name in told]
    assert all(getattr(full, field.name) for field in fields(Container))
    assert [(inside, protocol) for inside, _, protocol in full.published] == [(53, "udp"), (6379, "tcp")]
    assert full.ready
    assert listed.ready


def test_a_command_in_a_container_tells_its_streams_and_its_code_and_what_was_said_is_kept(engine, container):
    (one,) = engine.containers(project=container)
    done = engine.execute(one.id, ["sh", "-c", 'echo "$SAID"; echo no >&2; exit 3'], {"SAID": "a=b"})
    assert (done.code, done.out, done.err) == (3, "a=b\n", "no\n")
    assert engine.output_of(one.id, ["sh", "-c", "echo deprecated >&2; echo yes"]) == "yes\n"
    assert engine.output_of(one.id, ["false"]) is None
    assert len(engine.last_lines(one.id, 2)) == 2
    assert (engine.memory(one.id) or 0) > 0
    engine.stop(one.id, 1)
    engine.stop(one.id)
    engine.start(one.id)
    assert engine.memory("failures-none") is None


def test_a_network_a_volume_and_an_images_name_come_and_go(engine, container, network):
    (one,) = engine.containers(project=container)
    engine.connect(one.id, network, ["db", "rows"])
    found = engine.network(network)
    assert (found.containers, [str(subnet) for subnet in found.subnets]) == ({one.id}, [RANGE])
    assert {"db", "rows"} <= {*engine.inspect(one.id)["NetworkSettings"]["Networks"][network]["Aliases"]}
    engine.disconnect(one.id, network)
    assert not engine.network(network).containers
    engine.create_volume(network, {"of": "a test"})
    assert engine.volumes("of=a test") == {network: {"of": "a test"}}
    engine.remove_volume(network)
    assert engine.volumes("of=a test") == {}
    engine.tag("redis:7", f"{network}:mine")
    assert engine.image(f"{network}:mine")["Id"] == engine.image("redis:7")["Id"]
    assert f"{network}:mine" in engine.images()
    engine.untag(f"{network}:mine")
    assert engine.image(f"{network}:mine") is None


def test_a_connection_ends_in_the_container_that_is_meant_or_there_is_none(engine, container):
    (one,) = engine.containers(project=container)
    told = engine.inspect(one.id)
    addresses = [joined["IPAddress"] for joined in told["NetworkSettings"]["Networks"].values()]
    opened = []

    def closed() -> bool:
        # It listens a moment after it is started.
        opened.extend(filter(None, [connect_into(told["State"]["Pid"], addresses, 6379)]))
        return not opened

    assert not wait_while(closed, 30)
    with closing(opened[0]) as connection:
        assert ask_redis(connection, ("SET", "a", "é\r\n"), ("GET", "a"), seconds=5) == ("OK", "é\r\n")
        with pytest.raises(OSError, match="ERR"):
            ask_redis(connection, ("SELECT", "99"), ("FLUSHALL",), seconds=5)
        assert ask_redis(connection, ("DBSIZE",), ("GET", "b"), seconds=5) == ("1", "")
    # The same server is at this address, and another process is meant.
    assert connect_into(os.getpid(), addresses, 6379) is None
