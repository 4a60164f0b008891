"""Which program has a port."""

from __future__ import annotations

import os
import socket
from contextlib import closing

import pytest

from worktree_tasks.machine.listeners import listening

ME = os.getpid()


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - for an instant
def test_a_listener_is_found_by_its_port_until_it_is_gone(address):
    with closing(socket.socket()) as one:
        one.bind((address, 0))
        one.listen()
        port = one.getsockname()[1]
        assert [found.pid for found in listening(port, "tcp")] == [ME]
        assert listening(port, "udp") == ()
    assert listening(port, "tcp") == ()


def test_a_connection_to_somebody_elses_port_is_no_listener():
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as one,
        closing(socket.create_connection(one.getsockname())) as other,
    ):
        assert listening(other.getsockname()[1], "tcp") == ()


def test_a_datagram_socket_is_found_too():
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as one:
        one.bind(("127.0.0.1", 0))
        assert [found.pid for found in listening(one.getsockname()[1], "udp")] == [ME]
