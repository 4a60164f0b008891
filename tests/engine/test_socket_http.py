"""Requests over a socket: what is sent, which answers are read, and when the wait for one ends."""

from __future__ import annotations

import subprocess
import sys

import pytest
from harness.engines import silent_engine, talking_engine

from worktree_tasks.engine.socket_http import ask


def asked_of(answer: bytes, method: str = "GET", path: str = "/x", body: str | None = None):
    """Return what was asked of an engine with one answer, and what was read of that."""
    with talking_engine(answer) as (address, asked):
        found = ask(address.removeprefix("unix://"), method, path, body, seconds=20)
    return asked[0], found


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\n[1]", 200, b"[1]"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope", 404, b"nope"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 200 OK\r\n\r\n\x01\x00\x00\x00\r\n\r\n\xff", 200, b"\x01\x00\x00\x00\r\n\r\n\xff"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n", 200, b"[]"),
    ],
)
def test_status_and_body_are_read_to_the_last_byte(answer, status, body):
    assert asked_of(answer)[1] == (status, body)


def test_an_answer_about_a_body_has_none():
    assert asked_of(b"HTTP/1.1 200 OK\r\nContent-Length: 136\r\n\r\n", "HEAD")[1] == (200, b"")


def test_a_body_is_sent_with_its_length_in_bytes():
    said, _ = asked_of(b"HTTP/1.0 201 Created\r\n\r\n", "POST", "/networks/create", '{"Name": "é"}')
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.split(b"\r\n")[0] == b"POST /networks/create HTTP/1.0"
    assert b"Content-Type: application/json" in head
    assert b"Content-Length: 14" in head
    assert body == '{"Name": "é"}'.encode()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 ok\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n[",
    ],
)
def test_an_answer_that_is_not_whole_or_not_http_is_refused(answer):
    with pytest.raises(ValueError, match="answered"):
        asked_of(answer)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_silence_ends_the_wait(method):
    with silent_engine() as address, pytest.raises(TimeoutError):
        ask(address.removeprefix("unix://"), method, "/_ping", seconds=0.3)


def test_pythons_own_client_is_not_loaded():
    code = "import sys, worktree_tasks.engine.api.socket_client; print('http.client' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
