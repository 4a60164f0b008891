"""Health checks that are run before Docker's first turn; the engine is played here."""

from __future__ import annotations

import pytest
from harness.programs import wait_for

from worktree_tasks.configuration.compose.containers import Container
from worktree_tasks.orchestration.runtimes.compose.early_health_checks import EarlyHealthChecks, late_check

SECOND = 1_000_000_000


class Played:
    """An engine with one container, whose check passes when it was run often enough."""

    def __init__(self, *, interval: int, fails: int = 0) -> None:
        self.check = {"Test": ["CMD", "look"], "Interval": interval}
        self.fails = fails
        self.asked: list[tuple[str, ...]] = []

    def inspect(self, _container):
        return {"Config": {"Healthcheck": self.check}}

    def output_of(self, _container, argv):
        self.asked.append(argv)
        return None if len(self.asked) <= self.fails else ""


def container(health: str) -> Container:
    return Container(
        id="1", name="web-1", project="shop", service="web", key=None, state="running",
        status=f"Up 1 second ({health})", published=(), labels={}, networks=frozenset(), image="", volumes=(),
    )  # fmt: skip


def test_a_check_of_a_minutes_interval_is_asked_until_it_passes():
    engine = Played(interval=60 * SECOND, fails=1)
    watch, starting = EarlyHealthChecks(engine), container("health: starting")
    assert not watch.healthy(starting)
    wait_for(lambda: watch.healthy(starting))
    assert watch.healthy(starting)
    assert engine.asked == [("look",)] * 2


@pytest.mark.parametrize(("health", "healthy"), [("healthy", True), ("unhealthy", False)])
def test_what_docker_says_holds(health, healthy):
    engine = Played(interval=60 * SECOND)
    assert EarlyHealthChecks(engine).healthy(container(health)) is healthy
    assert engine.asked == []


def test_a_check_that_docker_runs_soon_is_dockers():
    engine = Played(interval=SECOND)
    assert not EarlyHealthChecks(engine).healthy(container("health: starting"))
    assert engine.asked == []


@pytest.mark.parametrize(
    ("healthcheck", "command"),
    [
        ({}, ()),
        ({"Test": ["NONE"]}, ()),
        ({"Test": ["CMD-SHELL", "curl localhost"]}, ("/bin/sh", "-c", "curl localhost")),
        ({"Test": ["CMD-SHELL", "true"], "Interval": 60 * SECOND}, ("/bin/sh", "-c", "true")),
        ({"Test": ["CMD", "redis-cli", "ping"], "Interval": 6 * SECOND}, ("redis-cli", "ping")),
        ({"Test": ["CMD", "redis-cli", "ping"], "Interval": 5 * SECOND}, ()),
    ],
)
def test_a_check_that_docker_runs_late_is_run_without_it(healthcheck, command):
    assert late_check(healthcheck) == command
