"""A request that the engine still works on after its command was killed, beside that of the next command."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import threading
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from worktree_tasks.engine.socket_address import socket_in_use

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.engine

CREATE = b"POST /networks/create"


class SlowEngine:
    """The engine behind a socket of its own, which holds requests for networks back until they are released.

    Args:
        place: Where the socket is to be.
    """

    def __init__(self, place: Path) -> None:
        self.address = f"unix://{place}"
        self.held = threading.Semaphore(0)
        self.released = threading.Event()
        self._engine = str(socket_in_use(os.environ))
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(place))
        self._server.listen()

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def close(self) -> None:
        self.released.set()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _connect(self, client: socket.socket) -> None:
        with closing(client), socket.socket(socket.AF_UNIX) as engine:
            engine.connect(self._engine)
            answers = threading.Thread(target=self._pass_on, args=(engine, client), daemon=True)
            answers.start()
            self._pass_on(client, engine)
            answers.join()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if data.startswith(CREATE):
                    self.held.release()
                    self.released.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)


@contextmanager
def slow_engine() -> Iterator[SlowEngine]:
    with tempfile.TemporaryDirectory() as folder:
        engine = SlowEngine(Path(folder, "engine.sock"))
        server = threading.Thread(target=engine.serve)
        server.start()
        try:
            yield engine
        finally:
            engine.close()
            server.join()


def test_the_engine_makes_one_network_for_a_killed_command_and_for_the_next_one(quiet_toy):
    with slow_engine() as engine:
        slow = {"DOCKER_HOST": engine.address}
        killed = quiet_toy.start("new", "pay", env=slow)
        assert engine.held.acquire(timeout=60)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()
        again = quiet_toy.start("new", "pay", env=slow)
        assert engine.held.acquire(timeout=60)
        engine.released.set()
        _, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    query = ("network", "ls", "--quiet", "--filter", f"name={quiet_toy.name}_worktree_pay")
    assert len(quiet_toy.docker(*query).split()) == 1
    quiet_toy.wt("remove", "pay")
    assert quiet_toy.ours() == []
