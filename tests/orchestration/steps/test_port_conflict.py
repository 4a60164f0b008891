"""Who has a port, and the command that frees it."""

from __future__ import annotations

import os
import socket
import sys
from contextlib import closing

import pytest

from worktree_tasks.machine.processes import Process
from worktree_tasks.orchestration.steps import port_conflict
from worktree_tasks.orchestration.steps.port_conflict import owner_of

CONTAINERS = {(8001, "tcp"): "container my shop's"}


def test_a_program_is_told_with_the_command_that_ends_it():
    with closing(socket.create_server(("127.0.0.1", 0))) as one:
        owner = owner_of(one.getsockname()[1], "tcp", {})
    assert f"(pid {os.getpid()})" in owner.words
    assert owner.command == f"kill {os.getpid()}"
    assert owner.fix == f"`kill {os.getpid()}` frees it"


@pytest.mark.parametrize("name", ["docker-proxy", "rootlesskit", "com.docker.backend"])
def test_a_container_is_told_though_a_program_of_the_engines_has_its_port(monkeypatch, name):
    monkeypatch.setattr(port_conflict, "listening", lambda *_: (Process(7, name),))
    owner = owner_of(8001, "tcp", CONTAINERS)
    assert (owner.words, owner.command) == ("container my shop's", "docker stop 'my shop'")


def test_a_stopped_container_that_only_wants_the_port_back_is_not_taken_for_the_owner(monkeypatch):
    monkeypatch.setattr(port_conflict, "listening", lambda *_: (Process(7, "node"),))
    assert owner_of(8001, "tcp", CONTAINERS).words == "node's (pid 7)"


@pytest.mark.parametrize(
    ("system", "protocol", "shows"),
    [
        ("linux", "tcp", "sudo ss -ltnp 'sport = :8001'"),
        ("linux", "udp", "sudo ss -lunp 'sport = :8001'"),
        ("darwin", "tcp", "sudo lsof -nP -iTCP:8001"),
    ],
)
def test_another_users_program_is_told_by_what_shows_it(monkeypatch, system, protocol, shows):
    monkeypatch.setattr(port_conflict, "listening", lambda *_: ())
    monkeypatch.setattr(sys, "platform", system)
    owner = owner_of(8001, protocol, {})
    assert (owner.words, owner.command) == ("another program's", shows)
    assert owner.fix == f"`{shows}` shows which program has it; stop that one"
