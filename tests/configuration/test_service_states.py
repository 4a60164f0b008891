"""What is shown of a stack: its leased ports, and those that Docker chose."""

from __future__ import annotations

from dataclasses import replace

from worktree_tasks.configuration.compose.containers import ListedContainer
from worktree_tasks.configuration.ports import Port
from worktree_tasks.configuration.service_states import first_url, service_states, with_docker_ports


def container(service: str, *published: tuple[int, int, str]) -> ListedContainer:
    return ListedContainer(
        id=service,
        name=service,
        project="shop-auth",
        service=service,
        key="k",
        state="running",
        status="Up 2 minutes",
        published=published,
    )


def test_a_port_that_docker_chose_is_shown_with_its_url():
    leased = (Port("web", 80, published=8001), Port("dns", 53, "udp", published=5354))
    running = [container("web", (80, 8001, "tcp")), container("page", (3000, 32771, "tcp")), container("dns")]
    ports = with_docker_ports(leased, running)
    assert service_states(running, ports, "localhost")["page"].ports[0].url == "http://localhost:32771"
    assert [(port.service, port.published) for port in ports] == [
        ("web", 8001),
        ("dns", 5354),
        ("page", 32771),
    ]
    assert first_url(with_docker_ports((), running[1:2]), "localhost") == "http://localhost:32771"


def test_a_port_that_docker_chose_is_shown_although_its_place_is_recorded_without_a_number():
    recorded = (Port("dns", 53), Port("dns", 53, "udp"), Port("web", 80, published=8001))
    running = [container("dns", (53, 32772, "tcp"), (53, 32773, "udp")), container("web", (80, 8001, "tcp"))]
    states = service_states(running, with_docker_ports(recorded, running), "localhost")
    assert [(port.published, port.url, port.protocol) for port in states["dns"].ports] == [
        (32772, "http://localhost:32772", "tcp"),
        (32773, None, "udp"),
    ]
    assert [port.published for port in states["web"].ports] == [8001]
    assert with_docker_ports(recorded, []) == recorded


def test_one_number_of_two_protocols_is_two_ports():
    leased = (Port("dns", 53, published=5301),)
    running = [container("dns", (53, 5301, "tcp"), (53, 32773, "udp"))]
    found = with_docker_ports(leased, running)
    assert [(port.published, port.protocol) for port in found] == [(5301, "tcp"), (32773, "udp")]


def test_a_service_that_ended_tells_its_code_and_one_that_runs_beside_a_leftover_does_not():
    ended = replace(container("worker"), state="exited", status="Exited (1) 2 minutes ago")
    states = service_states([ended, replace(ended, service="web"), container("web")], (), "localhost")
    assert {name: (one.state, one.exit_code) for name, one in states.items()} == {
        "web": ("running", None),
        "worker": ("exited", 1),
    }
