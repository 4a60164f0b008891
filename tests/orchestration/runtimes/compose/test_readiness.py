"""Waiting for a stack: the engine is played here, the ports are real."""

from __future__ import annotations

import threading
from http.server import HTTPServer, SimpleHTTPRequestHandler
from types import SimpleNamespace

import pytest

from worktree_tasks.configuration.compose.containers import Container
from worktree_tasks.configuration.compose.stack import Stack
from worktree_tasks.configuration.ports import Port
from worktree_tasks.configuration.settings import Settings
from worktree_tasks.orchestration.runtimes.compose.readiness import wait_until_ready


class Played:
    """An engine with a page that is served from the second look on, and a worker that is watched."""

    def __init__(self, happened: list[str]) -> None:
        self.happened = happened
        # It has its port, but does not listen.
        self.server = HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler, bind_and_activate=False)
        self.server.server_bind()
        self.looks = 0

    def containers(self, _project: str) -> tuple[Container, ...]:
        self.looks += 1
        if self.looks == 2:
            self.happened.append("the page is served")
            self.server.server_activate()
            threading.Thread(target=self.server.serve_forever, daemon=True).start()
        seconds = 3 if "settled" in self.happened else 1
        return self.container("web", 5), self.container("worker", seconds)

    def container(self, service: str, seconds: int) -> Container:
        return Container(
            id=service, name=f"{service}-1", project="shop", service=service, key=None, state="running",
            status=f"Up {seconds} seconds" if seconds > 1 else "Up 1 second", published=(), labels={},
            networks=frozenset(), image="", volumes=(),
        )  # fmt: skip


@pytest.fixture
def happened() -> list[str]:
    return []


@pytest.fixture
def engine(happened):
    played = Played(happened)
    yield played
    if "the page is served" in happened:
        played.server.shutdown()
    played.server.server_close()


@pytest.mark.parametrize(
    ("processors", "order"),
    [
        (2, ["the page is served", "settled"]),
        (3, ["settled", "the page is served"]),
        (None, ["the page is served", "settled"]),
    ],
)
def test_other_work_waits_for_the_ports_unless_processors_are_idle(
    engine, happened, monkeypatch, processors, order
):
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    published = engine.server.server_address[1]
    stack = Stack(
        "k", "shop", "auth", "shop-auth", "net", (), (Port("web", 8000, published=published),), "127.0.0.1",
        "/code/shop", "/code/auth",
    )  # fmt: skip
    progress = SimpleNamespace(doing=lambda _: None, news=lambda _: None)
    tree = SimpleNamespace(
        project=SimpleNamespace(engine=engine, settings=Settings(), progress=progress),
        record=SimpleNamespace(host="localhost", name="auth"),
        note_schemes=lambda _: None,
    )
    wait_until_ready(tree, stack, ["web", "worker"], lambda: happened.append("settled"))
    assert list(dict.fromkeys(happened)) == order
