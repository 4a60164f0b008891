"""The order in which the services of a stack are started."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.configuration.compose.service import Service
from worktree_tasks.configuration.compose.stack import Stack
from worktree_tasks.configuration.ports import Port
from worktree_tasks.configuration.start_order import start_order

if TYPE_CHECKING:
    from collections.abc import Sequence

WEB, VITE = Port("web", 8000, published=8001), Port("vite", 5173, published=5174)
CHECKED = {"healthcheck": {"test": ["CMD", "true"]}}


def order(
    *ports: Port,
    decided: tuple[Service, ...] = (),
    specs: dict | None = None,
    needs: dict | None = None,
    besides: Sequence[str] = ("worker", "timer"),
) -> list[str]:
    """Return the groups of a stack with some ports, each as a text.

    Args:
        ports: Its ports.
        decided: What was decided for services, if not that they have source of the project.
        specs: More of the compose file, by service.
        needs: The service that each one depends on.
        besides: Its services without a port.
    """
    known = {one.name: one for one in decided}
    names = list(dict.fromkeys((*(port.service for port in ports), *besides)))
    stack = Stack(
        key="k",
        project="shop",
        name="auth",
        compose_project="shop-auth",
        network="shop_worktree_auth",
        services=tuple(known.get(name) or Service(name, "own", "") for name in names),
        ports=ports,
        bind="127.0.0.1",
        main="/code/shop",
        directory="/code/auth",
    )
    services = {name: {"image": name, **(specs or {}).get(name, {})} for name in (*names, "db")}
    for name, other in (needs or {}).items():
        services[name]["depends_on"] = {other: {"condition": "service_started"}}
    return [" ".join(group) for group in start_order(stack, parse({"services": services}), names)]


def test_the_first_page_in_the_compose_file_comes_first_with_what_is_only_watched():
    assert order(WEB, VITE) == ["web worker timer", "vite"]
    assert order(VITE, WEB) == ["vite worker timer", "web"]


def test_what_served_a_page_before_comes_before_what_may_serve_one():
    served = Port("web", 8000, published=8001, scheme="http")
    assert order(VITE, served) == ["web worker timer", "vite"]


def test_what_others_wait_for_and_what_waits_for_its_health_check_is_not_only_watched():
    assert order(WEB, VITE, needs={"timer": "worker"}) == ["web", "vite worker timer"]
    assert order(WEB, VITE, needs={"worker": "web"}) == ["web timer", "vite worker"]
    assert order(WEB, VITE, specs={"worker": CHECKED}) == ["web timer", "vite worker"]


def test_programs_do_not_start_before_their_servers_of_data():
    data = Service("redis", "own", "wt.services.own names it", kind="redis")
    port = Port("redis", 6379, published=6380)
    assert order(WEB, VITE, port, decided=(data,), specs={"redis": CHECKED}) == [
        "web redis worker timer",
        "vite",
    ]


def test_a_half_started_stack_lacks_a_port_or_cannot_be():
    assert order(WEB) == ["web worker timer"]
    assert order(WEB, needs={"worker": "web"}) == ["web worker timer"]
    assert order(WEB, Port("vite", 5173), specs={"worker": CHECKED}) == ["web vite worker timer"]


def test_a_page_that_waits_for_another_service_of_the_stack_is_started_with_all():
    assert order(WEB, VITE, needs={"web": "worker"}) == ["web vite worker timer"]
    assert order(WEB, VITE, needs={"web": "db"}) == ["web worker timer", "vite"], "main has its database"


def test_what_compose_restarts_with_the_page_is_started_with_it():
    restarted = {"depends_on": {"web": {"condition": "service_started", "restart": True}}}
    assert order(WEB, VITE, specs={"vite": restarted}) == ["web vite worker timer"]
    assert order(WEB, VITE, needs={"vite": "web"}) == ["web worker timer", "vite"]


@given(st.data())
def test_all_are_started_and_only_the_first_with_a_later_group_again(data):
    names = ["a", "b", "c", "d", "e"]
    needs = {
        name: data.draw(st.sampled_from(names[:number]))
        for number, name in enumerate(names)
        if number and data.draw(st.booleans())
    }
    shuffled = data.draw(st.permutations(names))
    ports = [Port(name, 8000, published=8001) for name in shuffled if data.draw(st.booleans())]
    groups = [group.split() for group in order(*ports, besides=shuffled, needs=needs)]
    assert sorted(name for group in groups for name in group) == names
    started: list[str] = []
    for group in groups:
        # Compose also starts what a service needs.
        whole = {*group}
        while more := {needs[name] for name in whole if name in needs} - whole:
            whole |= more
        assert whole & {*started} <= {*started[:1]}
        started += [*group]


@pytest.mark.parametrize(
    "port",
    [
        Port("queue", 5672, published=5673),
        Port("debugger", 9229, published=9230),
        Port("dns", 5300, "udp", published=5301),
        Port("random", 8000),
        Port("grpc", 8000, published=8005, scheme="other"),
    ],
    ids=lambda port: port.service,
)
def test_a_port_without_pages_does_not_come_first(port):
    assert order(port) == [f"{port.service} worker timer"]
    assert order(port, WEB, VITE) == ["web worker timer", f"{port.service} vite"]


@pytest.mark.parametrize(
    "service",
    [
        Service("proxy", "own", "it calls web, which is built from the project", because="web"),
        Service("search", "own", "wt.services.own names it", kind="elasticsearch"),
    ],
    ids=lambda service: service.name,
)
def test_a_service_without_source_of_the_project_is_not_what_people_wait_for(service):
    page = Port(service.name, 8080, published=8081)
    first, _ = order(page, WEB, VITE, decided=(service,))
    assert first.startswith("web")
