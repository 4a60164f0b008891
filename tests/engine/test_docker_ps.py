"""What `docker ps` says of containers, which is waited for in bounded time."""

from __future__ import annotations

import json
import secrets
import subprocess

import pytest
from harness.engines import silent_engine

from worktree_tasks.configuration.compose.labels import CONFIG, SERVICE, STACK
from worktree_tasks.engine import docker_ps
from worktree_tasks.errors import DockerUnavailable


def test_an_engine_that_never_answers_is_waited_for_in_bounded_time(compose_program, monkeypatch):
    with silent_engine() as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        with pytest.raises(DockerUnavailable, match=r"waited 0\.5 s for `docker ps`"):
            docker_ps.containers(seconds=0.5)


@pytest.mark.engine
@pytest.mark.parametrize("service", ["a\x1fb", "a\nb", 'a"b\\', "a\u2028b", "a\tb"])
def test_strangers_labels_break_no_list(engine_answers, service):
    project = f"labels-{secrets.token_hex(3)}"
    labels = {STACK: project, SERVICE: service, CONFIG: "0"}
    words = [word for name, value in labels.items() for word in ("--label", f"{name}={value}")]
    subprocess.run(
        ["docker", "create", "--name", project, *words, "redis:7"], check=True, capture_output=True
    )
    try:
        assert [one.service for one in docker_ps.containers() if one.project == project] == [service]
    finally:
        subprocess.run(["docker", "rm", project], check=True, capture_output=True)


def test_what_docker_ps_says_of_a_container_is_read_with_its_networks():
    said = [
        "id", "shop-db-1", "running", "Up 2 minutes (healthy)", "5432/tcp", "shop_default,shop_worktree_pay",
        "postgres:16", '"docker-entrypoint.sh postgres"',
        "shop", "db", "", "/src/shop", "/src/shop/compose.yaml", "seed:service_completed_successfully:false",
    ]  # fmt: skip
    (found,) = docker_ps.parse_containers(json.dumps(said) + "\n")
    assert found.networks == {"shop_default", "shop_worktree_pay"}
    assert (found.service, found.key, found.word) == ("db", None, "healthy")
    assert (found.image_name, found.command) == ("postgres:16", "docker-entrypoint.sh postgres")
    assert found.depends_on == (("seed", "service_completed_successfully"),)
    (alone,) = docker_ps.parse_containers(json.dumps([*said[:5], "", *said[6:]]))
    assert alone.networks == frozenset()
