"""The real engine: its refusals arrive as types, and both ways to ask it tell the same of a container."""

from __future__ import annotations

import secrets
import subprocess
from dataclasses import fields

import pytest
from harness.programs import needed

from worktree_tasks.configuration.compose.containers import Container, ListedContainer
from worktree_tasks.configuration.compose.stack import KEY
from worktree_tasks.engine import compose, local
from worktree_tasks.engine.failures import Gone, NameTaken, SubnetOverlaps
from worktree_tasks.engine.sdk import Engine

pytestmark = pytest.mark.engine

RANGE, ELSEWHERE = "10.231.255.0/28", "10.231.255.64/28"


@pytest.fixture
def engine():
    needed("Docker Engine", "docker", "version")
    opened = Engine()
    yield opened
    opened.close()


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
        KEY: f"key of {name}",
    }
    words = [word for key, value in labels.items() for word in ("--label", f"{key}={value}")]
    ports = ("--publish", "127.0.0.1::6379", "--publish", "127.0.0.1::53/udp", "--expose", "9000")
    subprocess.run(["docker", "run", "--detach", "--name", name, *words, *ports, "redis:7"], check=True)
    yield name
    subprocess.run(["docker", "rm", "--force", "--volumes", name], check=True)


def test_docker_ps_the_socket_and_the_sdk_tell_the_same_of_a_container_and_all_of_it(engine, container):
    (full,) = engine.containers(project=container)
    (listed,) = (one for one in compose.containers() if one.project == container)
    (quick,) = (one for one in local.containers() if one.project == container)
    # Its status tells its age, which goes on between the two questions.
    told = [field.name for field in fields(ListedContainer) if field.name != "status"]
    assert [getattr(full, name) for name in told] == [getattr(listed, name) for name in told]
    assert [getattr(full, name) for name in told] == [getattr(quick, name) for name in told]
    assert all(getattr(full, field.name) for field in fields(Container))
    assert [inside for inside, _ in full.published] == [6379]
    assert full.ready
    assert listed.ready
