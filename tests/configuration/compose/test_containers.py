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

from worktree_tasks.configuration.compose.containers import (
    Container,
    ListedContainer,
    conditions,
    published_ports,
    unready,
)


def listed(service: str, state: str, status: str = "") -> dict[str, object]:
    names = {"id": f"id-{service}", "name": f"shop-{service}-1", "project": "shop", "service": service}
    return {**names, "key": None, "state": state, "status": status, "published": ()}


def container(service: str, state: str, status: str = "") -> ListedContainer:
    return ListedContainer(**listed(service, state, status))


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
        "mail": "missing",
        "web": "running, starting",
        "worker": "exited, no health check",
        "odd": "running, unhealthy",
    }
    assert unready(found, ["db", "vite", "migrate"]) == {}


def test_only_volumes_that_nobody_named_are_anonymous():
    names = ("a" * 64, "shop_data", "A" * 64, "a" * 63)
    one = Container(**listed("web", "running"), labels={}, networks=frozenset(), image="", volumes=names)
    assert one.anonymous_volumes == ("a" * 64,)


def test_published_ports_are_read_once_for_all_addresses_and_from_ranges_with_their_protocol():
    said = "0.0.0.0:8000-8001->9000-9001/tcp, :::8000-8001->9000-9001/tcp, 54/udp, 0.0.0.0:53->53/udp, 80/tcp"
    assert published_ports(said) == ((53, 53, "udp"), (9000, 8000, "tcp"), (9001, 8001, "tcp"))
    assert published_ports("127.0.0.1:5432->5432/tcp, 0.0.0.0:38412->38412/sctp") == ((5432, 5432, "tcp"),)
    assert published_ports("") == ()


def test_what_a_container_waited_for_is_read_with_its_conditions():
    said = "seed:service_completed_successfully:false,db:service_healthy:true"
    assert conditions(said) == (("seed", "service_completed_successfully"), ("db", "service_healthy"))
    assert conditions("db:service_started") == (("db", "service_started"),)
    assert conditions("") == ()
