from __future__ import annotations

import socket
import sys
import threading
from contextlib import closing, contextmanager, suppress

import pytest

from worktree_tasks.machine import probe
from worktree_tasks.machine.probe import answers, bound

ANY = "0.0.0.0"  # noqa: S104 - what is asked about


@contextmanager
def listening(serve, address: str = "127.0.0.1"):
    """A server on a port of its own that does something with each connection."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with closing(socket.create_server((address, 0), family=family)) as server:

        def loop() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                # A client that has seen enough may reset the connection.
                with connection, suppress(ConnectionResetError):
                    serve(connection)

        thread = threading.Thread(target=loop, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def hold_until_left(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "500 Internal Server Error"])
def test_a_web_server_answers_whatever_it_says(status):
    def serve(connection) -> None:
        connection.recv(4096)
        connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    with listening(serve) as port:
        assert answers(port, seconds=5)


def test_a_request_bears_the_host_that_the_url_has():
    seen = []

    def serve(connection) -> None:
        seen.append(connection.recv(4096).decode())
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with listening(serve) as port:
        assert answers(port, host="auth.shop.localhost", seconds=5)
    assert seen[0].startswith("GET / HTTP/1.1\r\n")
    assert f"\r\nHost: auth.shop.localhost:{port}\r\n" in seen[0]


def test_a_port_that_accepts_and_hangs_up_does_not_answer():
    with listening(lambda _: None) as port:
        assert not answers(port, seconds=5)


def test_a_port_that_reads_and_hangs_up_does_not_answer():
    with listening(lambda connection: connection.recv(4096)) as port:
        assert not answers(port, seconds=5)


def test_a_silent_server_has_not_answered_within_a_short_time():
    with listening(hold_until_left) as port:
        assert not answers(port, seconds=0.2)


def test_a_server_that_stays_silent_for_long_listens_and_speaks_another_language(monkeypatch):
    monkeypatch.setattr(probe, "_SILENT_SECONDS", 0.2)
    with listening(hold_until_left) as port:
        assert answers(port, seconds=5)


def test_a_server_that_greets_first_answers():
    def serve(connection) -> None:
        connection.sendall(b"220 mail.example.org ESMTP\r\n")
        hold_until_left(connection)

    with listening(serve) as port:
        assert answers(port, seconds=5)


def test_a_port_that_nobody_has_does_not_answer():
    assert not answers(free_port(), seconds=5)


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

    with listening(serve) as port:
        assert answers(port, seconds=5)
    assert not bound(port, "tcp", "127.0.0.1")


def test_ranges_that_the_machine_has_routes_to_are_read_without_the_default_route():
    table = (
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
        "eth0\t00000000\t0100A8C0\t0003\t0\t0\t0\t00000000\n"
        "tun0\t0000D50A\t00000000\t0001\t0\t0\t0\tC0FFFFFF\n"
    )
    if sys.byteorder == "little":
        assert [str(one) for one in probe.parse_routes(table)] == ["10.213.0.0/26"]


def test_a_machine_tells_the_routes_that_it_has():
    assert all(network.prefixlen for network in probe.routes())
