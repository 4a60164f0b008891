"""Where the control socket of a line is; what it does is tried with real machines."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from worktree_tasks.configuration.hosts import Host
from worktree_tasks.errors import Failure
from worktree_tasks.orchestration.hosts.ssh_connection import Line

HOST = Host("box", "me@box")
# OpenSSH makes the socket under a longer name first, in the 104 bytes that macOS has for one.
LONGEST = 104 - 17


@pytest.fixture
def short(monkeypatch):
    """A place for sockets whose path is short, and which goes with all that is in it."""
    with tempfile.TemporaryDirectory(prefix="wt", dir="/tmp") as folder:
        monkeypatch.setattr("tempfile.tempdir", folder)
        yield folder


@pytest.mark.parametrize("depth", [1, 30])
@pytest.mark.parametrize("odd", ["state", "100%", "a${HOME}"])
def test_a_socket_has_a_path_that_fits_and_is_the_same_each_time(tmp_path, short, depth, odd):
    state = tmp_path.joinpath(*["deep"] * depth, odd)
    line = Line(HOST, state)
    assert len(os.fsencode(line.socket)) <= LONGEST
    assert "%" not in str(line.socket)
    assert "$" not in str(line.socket)
    assert line.socket.parent.stat().st_mode & 0o077 == 0
    assert line.socket == Line(HOST, state).socket
    assert line.socket != Line(Host("box", "you@box"), state).socket
    assert line.socket != Line(HOST, tmp_path / "other").socket
    assert not line.is_open()


def test_a_directory_for_sockets_that_others_may_enter_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    state = tmp_path / "%"
    Line(HOST, state)
    (place,) = tmp_path.glob("worktree-tasks-*")
    place.chmod(0o755)
    with pytest.raises(Failure, match="is not private to you"):
        Line(HOST, state)
    place.rmdir()
    place.symlink_to(Path("/"))
    with pytest.raises(Failure, match="is not private to you"):
        Line(HOST, state)
