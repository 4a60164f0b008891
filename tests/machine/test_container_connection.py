"""Connections into containers: had where the kernel shows that they end there, and nowhere else."""

from __future__ import annotations

import os
import socket
from contextlib import closing

import pytest

from worktree_tasks.machine import container_connection
from worktree_tasks.machine.container_connection import connect_into


@pytest.fixture
def server():
    with closing(socket.create_server(("127.0.0.1", 0))) as one:
        yield one.getsockname()[1]


def test_a_connection_into_the_network_of_a_process_is_had(server):
    with closing(connect_into(os.getpid(), ["127.0.0.1"], server)) as connection:
        assert connection.getpeername() == ("127.0.0.1", server)


def test_a_server_that_listens_for_both_kinds_of_addresses_is_recognised():
    listening = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    with closing(listening):
        connection = connect_into(os.getpid(), ["127.0.0.1"], listening.getsockname()[1])
        assert connection is not None
        connection.close()


@pytest.mark.parametrize("rows", ["", "   0: 0100007F:{port} 0200007F:0001 01\n"], ids=["nothing", "another"])
def test_an_address_that_is_somebody_elses_gives_no_connection(monkeypatch, tmp_path, server, rows):
    # The engine's process 7 is in a network in which nobody has our connection.
    (tmp_path / "7" / "net").mkdir(parents=True)
    for name in ("tcp", "tcp6"):
        (tmp_path / "7" / "net" / name).write_text(f"  sl  local rem st\n{rows.format(port=f'{server:04X}')}")
    monkeypatch.setattr(container_connection, "_PROC", tmp_path)
    assert connect_into(7, ["127.0.0.1"], server) is None


def test_a_process_that_is_not_on_this_machine_is_not_looked_for(monkeypatch, server):
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("somebody was called"))
    assert connect_into(0, ["127.0.0.1"], server) is None
    assert connect_into(1 << 30, ["127.0.0.1"], server) is None


def test_where_nobody_listens_there_is_no_connection(server):
    with closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        assert connect_into(os.getpid(), ["127.0.0.1"], bound.getsockname()[1]) is None
    assert connect_into(os.getpid(), [], server) is None
