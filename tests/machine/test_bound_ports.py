from __future__ import annotations

import socket

import pytest
from harness.servers import free_port, hold_until_left, listening

from worktree_tasks.machine.bound_ports import bound

ANY = "0.0.0.0"  # noqa: S104 - what is asked about


@pytest.mark.parametrize("address", ["127.0.0.1", ANY])
@pytest.mark.parametrize("wanted", ["127.0.0.1", ANY])
def test_a_port_that_a_program_listens_on_is_bound_for_either_address(address, wanted):
    with listening(hold_until_left, address) as port:
        assert bound(port, "tcp", wanted)
        assert not bound(port, "udp", wanted)


def test_a_port_that_nobody_has_is_not_bound_and_stays_so():
    port = free_port()
    assert not any(bound(port, "tcp", "127.0.0.1") for _ in range(3))


def test_a_udp_port_is_bound_for_udp_only():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        assert bound(port, "udp", "127.0.0.1")
        assert bound(port, "udp", ANY)
    assert not bound(port, "udp", "127.0.0.1")


def test_a_port_on_the_ipv6_loopback_is_bound_when_that_address_is_asked_about():
    try:
        with listening(hold_until_left, "::1") as port:
            assert bound(port, "tcp", "::1")
    except OSError:
        pytest.skip("no IPv6 here")


def test_a_connection_that_ended_a_moment_ago_is_no_program():
    def serve(connection) -> None:
        connection.sendall(b"x")

    with listening(serve) as port, socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        assert connection.recv(1) == b"x"
        assert connection.recv(1) == b""
    assert not bound(port, "tcp", "127.0.0.1")
