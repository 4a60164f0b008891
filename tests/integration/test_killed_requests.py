"""A request that the engine still works on after its command was killed, beside that of the next command."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import tempfile
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from worktree_tasks.engine.api import Engine
from worktree_tasks.engine.socket_address import socket_in_use

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.engine

NETWORK = rb"POST /networks/create"


class SlowEngine:
    """The engine behind a socket of its own, which holds some requests back until they are released.

    Args:
        place: Where the socket is to be.
        request: A pattern of the beginning of those requests.
    """

    def __init__(self, place: Path, request: bytes) -> None:
        self.address = f"unix://{place}"
        self.held = threading.Semaphore(0)
        self._request = re.compile(request)
        self._released = False
        # For each held request, an event that lets it go, and one that it was answered.
        self._waiting: list[tuple[threading.Event, threading.Event]] = []
        self._engine = str(socket_in_use(os.environ))
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(place))
        self._server.listen()

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def release(self, *, in_turn: bool = False) -> None:
        """Let the engine have the requests; with `in_turn`, each when the one before is answered."""
        self._released = True
        for go, answered in self._waiting:
            go.set()
            assert not in_turn or answered.wait(timeout=60)

    def close(self) -> None:
        self.release()
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _connect(self, client: socket.socket) -> None:
        with closing(client), socket.socket(socket.AF_UNIX) as engine:
            engine.connect(self._engine)
            answered = threading.Event()
            answers = threading.Thread(target=self._pass_back, args=(engine, client, answered), daemon=True)
            answers.start()
            with suppress(OSError):
                while data := client.recv(65536):
                    if self._request.match(data) and not self._released:
                        self._hold(answered)
                    engine.sendall(data)
                engine.shutdown(socket.SHUT_WR)
            answers.join()

    def _hold(self, answered: threading.Event) -> None:
        answered.clear()
        go = threading.Event()
        self._waiting.append((go, answered))
        self.held.release()
        go.wait()

    @staticmethod
    def _pass_back(engine: socket.socket, client: socket.socket, answered: threading.Event) -> None:
        with suppress(OSError):
            while data := engine.recv(65536):
                answered.set()
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)


@contextmanager
def slow_engine(request: bytes = NETWORK) -> Iterator[SlowEngine]:
    with tempfile.TemporaryDirectory() as folder:
        engine = SlowEngine(Path(folder, "engine.sock"), request)
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
        engine.release()
        _, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    query = ("network", "ls", "--quiet", "--filter", f"name={quiet_toy.name}_worktree_pay")
    assert len(quiet_toy.docker(*query).split()) == 1
    quiet_toy.wt("remove", "pay")
    assert quiet_toy.ours() == []


REMOVAL = rb"DELETE /networks/"
CONTAINER = rb"POST /v[\d.]+/containers/create"
FIRST = 2  # web and worker, before vite
LAST = rb"POST /v[\d.]+/containers/create\?\S*vite"
CONNECT = rb"POST /networks/[^/]+/connect"
DISCONNECT = rb"POST /networks/[^/]+/disconnect"


def repeated(toy, request: bytes, count: int, *words: str, env: Mapping[str, str] | None = None) -> None:
    """Kill a command while the engine has some of its requests, and run it again: it asks for the same."""
    with slow_engine(request) as engine:
        slow = {**(env or {}), "DOCKER_HOST": engine.address}
        killed = toy.start(*words, env=slow)
        for _ in range(count):
            assert engine.held.acquire(timeout=60)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()
        again = toy.start(*words, env=slow)
        for _ in range(count):
            assert engine.held.acquire(timeout=60), again.communicate()
        engine.release(in_turn=True)
        _, err = again.communicate(timeout=120)
    assert again.returncode == 0, err


def test_shared_services_that_the_engine_still_attaches_for_a_killed_command_stay_attached(quiet_toy):
    repeated(quiet_toy, CONNECT, 2, "new", "joined")
    assert quiet_toy.state_of("joined") == "running"
    quiet_toy.wt("remove", "joined")
    assert quiet_toy.ours() == []


def test_shared_services_that_the_engine_still_detaches_for_a_killed_command_are_detached(quiet_toy):
    quiet_toy.new("apart")
    repeated(quiet_toy, DISCONNECT, 2, "stop", "apart")
    joined = quiet_toy.containers()["db"]["NetworkSettings"]["Networks"]
    assert joined.keys() == {f"{quiet_toy.name}_default"}
    quiet_toy.wt("remove", "apart")
    assert quiet_toy.ours() == []


def test_a_stack_that_the_engine_still_takes_out_of_its_network_for_a_killed_command_gets_another(quiet_toy):
    stack = quiet_toy.new("moving")["compose_project"]
    together = {"INVOKE_WT_NETWORK": "project"}
    repeated(quiet_toy, DISCONNECT, 1, "start", "moving", "--renew", env=together)
    networks = quiet_toy.containers(stack)["web"]["NetworkSettings"]["Networks"]
    assert networks.keys() == {row["network"] for row in quiet_toy.rows("worktree")}
    quiet_toy.wt("remove", "moving")
    assert quiet_toy.ours() == []


def test_main_starts_while_the_engine_still_drops_a_dead_link_for_a_killed_command(quiet_toy):
    dead = f"{quiet_toy.name}_worktree_dead"
    main = quiet_toy.containers()["db"]["Id"]
    quiet_toy.docker("network", "create", dead)
    quiet_toy.docker("network", "connect", dead, main)
    quiet_toy.docker("stop", main)
    quiet_toy.docker("network", "rm", dead)
    repeated(quiet_toy, DISCONNECT, 1, "ensure-main")
    assert quiet_toy.containers()["db"]["State"]["Status"] == "running"


def test_a_network_that_the_engine_still_removes_for_a_killed_command_is_gone(quiet_toy):
    quiet_toy.new("gone")
    repeated(quiet_toy, REMOVAL, 1, "remove", "gone")
    assert quiet_toy.ours() == []


def test_containers_that_the_engine_still_creates_for_a_killed_command_are_started(quiet_toy):
    repeated(quiet_toy, CONTAINER, FIRST, "new", "whole")
    assert quiet_toy.state_of("whole") == "running"
    quiet_toy.wt("remove", "whole")
    assert quiet_toy.ours() == []


def test_a_stack_whose_command_was_killed_between_its_services_is_partial_and_starts_whole(quiet_toy):
    with slow_engine(LAST) as engine:
        killed = quiet_toy.start("new", "half", env={"DOCKER_HOST": engine.address})
        assert engine.held.acquire(timeout=60)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()
        assert quiet_toy.state_of("half") == "partial"
    quiet_toy.wt("new", "half")
    assert quiet_toy.state_of("half") == "running"
    quiet_toy.wt("remove", "half")
    assert quiet_toy.ours() == []


@pytest.fixture
def by_hand(quiet_toy):
    """A worktree that plain git made, on a branch of its directory's name."""
    path = quiet_toy.folder / quiet_toy.fresh("by-hand")
    quiet_toy.git("worktree", "add", "--quiet", "-b", path.name, str(path))
    return path


def test_adopt_starts_the_stack_that_a_killed_adopt_did_not(quiet_toy, by_hand):
    repeated(quiet_toy, CONTAINER, FIRST, "adopt", str(by_hand))
    assert quiet_toy.state_of(by_hand.name) == "running"
    quiet_toy.wt("remove", by_hand.name)
    assert quiet_toy.ours() == []


def test_a_worktree_whose_directory_is_deleted_while_it_is_adopted_is_forgotten(quiet_toy, by_hand):
    with slow_engine() as engine:
        adopting = quiet_toy.start("adopt", str(by_hand), env={"DOCKER_HOST": engine.address})
        assert engine.held.acquire(timeout=60)
        shutil.rmtree(by_hand)
        engine.release()
        _, err = adopting.communicate(timeout=120)
    assert adopting.returncode == 2, err
    assert f"✗ {by_hand} does not exist" in err
    assert by_hand.name not in {row["branch"] for row in quiet_toy.rows("worktree")}
    assert quiet_toy.ours() == []


def test_start_all_says_which_worktree_another_command_is_removing(quiet_toy):
    quiet_toy.new("leaving")
    with slow_engine(REMOVAL) as engine:
        removing = quiet_toy.start("remove", "leaving", env={"DOCKER_HOST": engine.address})
        assert engine.held.acquire(timeout=60)
        said = quiet_toy.wt("start-all").err
        engine.release()
        _, err = removing.communicate(timeout=120)
    assert "leaving is skipped: another command is removing it" in said
    assert removing.returncode == 0, err
    assert quiet_toy.ours() == []


STUBBORN = """\
    stop_grace_period: 20s
    command: [sh, -c, "trap '' TERM; while :; do sleep 1; done"]"""


def test_a_container_that_the_engine_still_stops_for_a_killed_command_is_started_again(quiet_toy):
    text = (quiet_toy.main / "compose.yaml").read_text()
    patient = text.replace("    command: [sleep, infinity]", STUBBORN)
    quiet_toy.branch("patient", {"compose.yaml": patient})
    stack = quiet_toy.new("patient")["compose_project"]
    before = quiet_toy.containers(stack)["worker"]
    killed = quiet_toy.start("stop", "patient")
    told = ("--since", "1", "--filter", "event=kill", "--filter", f"container={before['Id']}")
    quiet_toy.wait_for(lambda: quiet_toy.docker("events", *told, "--until", str(time.time())))
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    quiet_toy.wt("start", "patient")
    after = quiet_toy.containers(stack)["worker"]["State"]
    assert (after["Status"], after["StartedAt"] > before["State"]["StartedAt"]) == ("running", True)
    quiet_toy.wt("remove", "patient")
    assert quiet_toy.ours() == []


@pytest.fixture
def slow_start(lonely):
    """A stopped worktree with a container whose start takes long: it joins many networks. Its id."""
    stack = lonely.new("late")["compose_project"]
    web = lonely.containers(stack)["web"]["Id"]
    lonely.wt("stop", "late")
    networks = [f"{lonely.name}_{number}" for number in range(12)]
    for number, name in enumerate(networks):
        lonely.docker("network", "create", "--subnet", f"10.214.{number}.0/28", name)
        lonely.docker("network", "connect", name, web)
    yield web
    lonely.wt("remove", "late")
    lonely.docker("network", "rm", *networks)


def test_a_container_that_the_engine_still_starts_for_a_killed_command_is_stopped(lonely, slow_start):
    with closing(Engine()) as engine:
        starting = threading.Thread(target=engine.start, args=(slow_start,))
        starting.start()
        lonely.wt("stop", "late")
        starting.join()
    assert lonely.state_of("late") == "stopped"
