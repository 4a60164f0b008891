from __future__ import annotations

import ssl
import subprocess
import time

import pytest
from harness.servers import free_port, hold_until_left, listening

from worktree_tasks.configuration.port_answers import PortAnswer
from worktree_tasks.machine import port_probe
from worktree_tasks.machine.port_probe import ask, reachable


def page(status: str):
    def serve(connection) -> None:
        if connection.recv(4096):
            connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    return serve


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that nobody vouches for, as development servers have them."""
    folder = tmp_path_factory.mktemp("certificate")
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    files = (folder / "key.pem", folder / "certificate.pem")
    subprocess.run(
        ["openssl", *words, "-keyout", files[0], "-out", files[1]],
        check=True,
        capture_output=True,
        timeout=60,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1], files[0])
    return context


def secured(context, serve):
    def serve_secured(connection) -> None:
        with context.wrap_socket(connection, server_side=True) as inner:
            serve(inner)

    return serve_secured


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found", "500 Internal Server Error"])
def test_a_web_server_answers_whatever_it_says(status):
    with listening(page(status)) as port:
        assert ask(port, seconds=5) is PortAnswer.HTTP


def test_a_web_server_that_calls_the_request_bad_and_speaks_no_tls_is_told_apart():
    with listening(page("400 Bad Request")) as port:
        assert ask(port, seconds=5) is PortAnswer.BAD_REQUEST


def test_a_request_bears_the_host_that_the_url_has():
    seen = []

    def serve(connection) -> None:
        seen.append(connection.recv(4096).decode())
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with listening(serve) as port:
        assert ask(port, host="auth.shop.localhost", seconds=5) is PortAnswer.HTTP
    assert seen[0].startswith("GET / HTTP/1.1\r\n")
    assert f"\r\nHost: auth.shop.localhost:{port}\r\n" in seen[0]


def test_dockers_proxy_that_accepts_and_ends_at_once_has_nobody_behind_it():
    with listening(lambda _: None) as port:
        assert ask(port, seconds=5) is PortAnswer.NOBODY


@pytest.mark.parametrize("web", [True, False])
def test_dockers_proxy_on_a_busy_machine_has_nobody_behind_it_either(web):
    with listening(lambda _: time.sleep(0.1)) as port:
        assert ask(port, seconds=5, web=web) is PortAnswer.NOBODY


def test_a_server_that_hangs_up_on_a_request_listens():
    with listening(lambda connection: connection.recv(4096)) as port:
        assert ask(port, seconds=5) is PortAnswer.HANGS_UP


def test_a_port_that_nobody_has_has_nobody_listening():
    assert ask(free_port(), seconds=5) is PortAnswer.NOBODY


def test_a_server_that_speaks_first_is_not_sent_a_request():
    heard = []

    def serve(connection) -> None:
        connection.sendall(b"220 mail.example.org ESMTP\r\n")
        heard.append(connection.recv(4096))

    with listening(serve) as port:
        assert ask(port, seconds=5) is PortAnswer.OTHER
    assert heard in ([], [b""])


def test_a_server_of_data_is_not_sent_a_request():
    heard = []
    with listening(lambda connection: heard.append(connection.recv(4096))) as port:
        assert ask(port, web=False) is PortAnswer.OTHER
    assert heard in ([], [b""])


def test_a_server_that_stays_silent_listens_and_speaks_another_language():
    with listening(hold_until_left) as port:
        assert ask(port, seconds=0.2) is PortAnswer.OTHER


def test_a_web_server_with_tls_is_recognised_though_nobody_vouches_for_it(certificate):
    with listening(secured(certificate, page("200 OK"))) as port:
        assert ask(port, seconds=5) is PortAnswer.HTTPS


def test_a_web_server_that_answers_400_to_what_is_not_tls_speaks_https(certificate):
    def serve(connection) -> None:
        # As nginx does: the first byte of TLS is 22.
        if connection.recv(1, 2) == b"\x16":  # MSG_PEEK
            secured(certificate, page("200 OK"))(connection)
        else:
            page("400 Bad Request")(connection)

    with listening(serve) as port:
        assert ask(port, seconds=5) is PortAnswer.HTTPS


def test_a_server_with_tls_that_serves_no_pages_has_no_https_url(certificate):
    with listening(secured(certificate, lambda inner: inner.sendall(b"* OK IMAP4\r\n"))) as port:
        assert ask(port, seconds=5) is PortAnswer.OTHER


def test_a_slow_server_gets_the_time_that_it_needs():
    def serve(connection) -> None:
        connection.recv(4096)
        time.sleep(0.3)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with listening(serve) as port:
        assert ask(port, seconds=10) is PortAnswer.HTTP


def test_what_is_bound_to_every_address_is_reached_on_the_loopback_interface():
    assert reachable("0.0.0.0") == "127.0.0.1"  # noqa: S104 - what is asked about
    assert reachable("::") == "::1"
    assert reachable("127.0.0.2") == "127.0.0.2"
    with listening(page("200 OK"), "127.0.0.2") as port:
        assert ask(port, address="127.0.0.2", seconds=5) is PortAnswer.HTTP
        assert ask(port, address="127.0.0.1", seconds=5) is PortAnswer.NOBODY


def test_a_connection_is_read_before_anything_is_sent(monkeypatch):
    monkeypatch.setattr(port_probe, "_REQUEST", "")
    with listening(lambda connection: connection.sendall(b"HTTP/1.1 408 Request Timeout\r\n\r\n")) as port:
        assert ask(port, seconds=5) is PortAnswer.HTTP
