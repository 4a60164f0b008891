"""The state of a stack, and which of its services are jobs that have finished."""

from __future__ import annotations

import pytest
from harness.container_states import (
    CREATED,
    DEAD,
    ENDED,
    FAILED,
    HEALTHY,
    PAUSED,
    RESTARTING,
    STARTING,
    UNHEALTHY,
    UP,
)  # fmt: skip

from worktree_tasks.configuration.compose.containers import ListedContainer
from worktree_tasks.configuration.compose.stack_state import finished_jobs, stack_state


def container(service: str, state: str, status: str, **facts: object) -> ListedContainer:
    return ListedContainer(
        id=service, name=service, project="shop", service=service, key=None, state=state, status=status,
        published=(), **facts,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("states", "services", "expected"),
    [
        ({}, (), "created"),
        ({}, ("web",), "created"),
        ({"web": CREATED}, ("web",), "created"),
        ({"web": CREATED, "vite": CREATED}, (), "created"),
        ({"web": UP}, ("web",), "running"),
        ({"web": HEALTHY, "vite": UP}, ("web", "vite"), "running"),
        ({"web": HEALTHY, "migrate": ENDED}, ("web",), "running"),
        ({"web": UP}, (), "running"),
        ({"web": STARTING, "vite": UP}, ("web", "vite"), "starting"),
        ({"web": STARTING, "vite": UNHEALTHY}, ("web", "vite"), "partial"),
        ({"web": UNHEALTHY}, ("web",), "partial"),
        ({"web": UP}, ("web", "vite"), "partial"),
        ({"web": UP, "vite": FAILED}, ("web", "vite"), "partial"),
        ({"web": UP, "worker": FAILED}, ("web",), "partial"),
        ({"web": UP, "vite": ENDED}, ("web", "vite"), "partial"),
        ({"web": UP, "vite": CREATED}, ("web", "vite"), "partial"),
        ({"web": UP, "vite": RESTARTING}, ("web", "vite"), "partial"),
        ({"web": RESTARTING}, ("web",), "partial"),
        ({"web": PAUSED}, ("web",), "partial"),
        ({"web": ENDED}, ("web",), "stopped"),
        ({"web": FAILED, "vite": ENDED}, ("web", "vite"), "stopped"),
        ({"web": DEAD}, ("web",), "stopped"),
        ({"web": CREATED, "vite": ENDED}, ("web", "vite"), "stopped"),
    ],
)
def test_a_stacks_state_follows_from_its_containers(states, services, expected):
    containers = [container(name, *status) for name, status in states.items()]
    assert stack_state(containers, services) == expected
    assert stack_state(reversed(containers), services) == expected


def test_a_container_that_a_one_off_command_left_does_not_hide_the_running_one():
    containers = [container("web", *UP), container("web", *FAILED)]
    assert stack_state(containers, ["web"]) == stack_state(containers[::-1], ["web"]) == "running"


@pytest.mark.parametrize(
    ("image", "command", "job"),
    [
        ("postgres:16", "docker-entrypoint.sh postgres", False),
        (
            "bitnami/redis:7",
            "/opt/bitnami/scripts/redis/entrypoint.sh /opt/bitnami/scripts/redis/run.sh",
            False,
        ),
        ("nats:2", "/nats-server --config nats-server.conf", False),
        ("postgres:16", "docker-entrypoint.sh psql -f seed.sql", True),
        ("redis:7", "sh -c 'redis-cli -h redis set a b'", True),
        ("shop-web", "python manage.py migrate", True),
        ("", "", True),
    ],
)
def test_a_data_server_that_was_stopped_is_no_job_and_a_client_from_its_image_is_one(image, command, job):
    ended = container("db", *ENDED, image_name=image, command=command)
    assert finished_jobs([ended], ()) == ({"db"} if job else set())
    assert stack_state([ended, container("web", *UP)], ["web"]) == ("running" if job else "partial")


@pytest.mark.parametrize(
    ("condition", "job"),
    [("service_completed_successfully", True), ("service_healthy", False), ("service_started", True)],
)
def test_what_others_wait_for_tells_a_job_from_a_server(condition, job):
    web = container("web", *UP, depends_on=(("built", condition),))
    assert finished_jobs([web, container("built", *ENDED)], ()) == ({"built"} if job else set())


def test_what_serves_is_no_job_unless_its_completion_is_waited_for():
    ended = container("assets", *ENDED)
    assert finished_jobs([ended], ["assets"]) == set()
    web = container("web", *UP, depends_on=(("assets", "service_completed_successfully"),))
    assert finished_jobs([ended, web], ["assets"]) == {"assets"}


def test_what_failed_or_runs_is_no_finished_job():
    waiting = container("web", *UP, depends_on=(("seed", "service_completed_successfully"),))
    assert finished_jobs([waiting, container("seed", *FAILED)], ()) == set()
