from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose.containers import (
    Container,
    ListedContainer,
    published_ports,
    stack_state,
    unready,
)


def listed(service: str, state: str, status: str = "") -> dict[str, object]:
    names = {"id": f"id-{service}", "name": f"shop-{service}-1", "project": "shop", "service": service}
    return {**names, "key": None, "state": state, "status": status, "published": ()}


def container(service: str, state: str, status: str = "") -> ListedContainer:
    return ListedContainer(**listed(service, state, status))


UP, HEALTHY = ("running", "Up 2 minutes"), ("running", "Up 2 minutes (healthy)")
UNHEALTHY = ("running", "Up 2 minutes (unhealthy)")
STARTING = ("running", "Up 2 seconds (health: starting)")
ENDED, FAILED = ("exited", "Exited (0) 5 minutes ago"), ("exited", "Exited (137) 5 minutes ago")
CREATED, DEAD, PAUSED = ("created", "Created"), ("dead", "Dead"), ("paused", "Up 1 hour (Paused)")
RESTARTING = ("restarting", "Restarting (1) 5 seconds ago")


@pytest.mark.parametrize(
    ("status", "health", "code", "finished"),
    [
        (UP, None, None, False),
        (HEALTHY, "healthy", None, False),
        (UNHEALTHY, "unhealthy", None, False),
        (STARTING, "starting", None, False),
        (("running", "Up Less than a second (health: starting)"), "starting", None, False),
        (ENDED, None, 0, True),
        (FAILED, None, 137, False),
        (RESTARTING, None, None, False),
        (CREATED, None, None, False),
        (DEAD, None, None, False),
        (PAUSED, None, None, False),
        (("exited", ""), None, None, False),
        (("running", "Up About an hour (Paused)"), None, None, False),
    ],
)
def test_dockers_sentence_tells_health_and_exit_code(status, health, code, finished):
    one = container("web", *status)
    assert (one.health, one.exit_code, one.finished) == (health, code, finished)


@pytest.mark.parametrize(
    ("status", "ready"),
    [(UP, True), (HEALTHY, True), (UNHEALTHY, False), (STARTING, False), (ENDED, False), (RESTARTING, False)],
)
def test_a_container_is_ready_that_runs_and_is_healthy_if_that_is_checked(status, ready):
    assert container("web", *status).ready is ready


def test_services_that_are_neither_ready_nor_finished_are_waited_for_in_order_and_words_say_how_they_are():
    states = {
        "web": STARTING,
        "db": HEALTHY,
        "vite": UP,
        "migrate": ENDED,
        "worker": FAILED,
        "odd": UNHEALTHY,
    }
    found = {name: container(name, *status) for name, status in states.items()}
    assert unready(found, ["mail", *states]) == {
        "mail": "not there",
        "web": "running, starting",
        "worker": "exited, no health check",
        "odd": "running, unhealthy",
    }
    assert unready(found, ["db", "vite", "migrate"]) == {}


def test_only_volumes_that_nobody_named_are_anonymous():
    names = ("a" * 64, "shop_data", "A" * 64, "a" * 63)
    one = Container(**listed("web", "running"), labels={}, networks=frozenset(), image="", volumes=names)
    assert one.anonymous_volumes == ("a" * 64,)


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


def test_published_ports_are_read_once_for_all_addresses_and_from_ranges_and_only_for_tcp():
    said = "0.0.0.0:8000-8001->9000-9001/tcp, :::8000-8001->9000-9001/tcp, 53/udp, 0.0.0.0:53->53/udp, 80/tcp"
    assert published_ports(said) == ((9000, 8000), (9001, 8001))
    assert published_ports("127.0.0.1:5432->5432/tcp") == ((5432, 5432),)
    assert published_ports("") == ()
