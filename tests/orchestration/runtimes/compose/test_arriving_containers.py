"""Containers that the engine is still creating for a killed command when their stack is to be stopped."""

from __future__ import annotations

import pytest

from worktree_tasks.configuration.compose.containers import Container
from worktree_tasks.engine.api_errors import Gone
from worktree_tasks.orchestration.runtimes.compose.container_removal import stop_containers, take_down

LATE = Container(
    id="late", name="shop-pay-web-1", project="shop-pay", service="web", key="k", state="created",
    status="Created", published=(), labels={}, image="", volumes=(),
)  # fmt: skip


class BusyEngine:
    """An engine that lists a container which it is still creating, and knows it only a few looks later."""

    def __init__(self, looks: int, *, comes: bool = True) -> None:
        self._looks, self._comes = looks, comes
        self.done: list[str] = []

    def labelled(self, *_labels):
        self._looks -= 1
        there = self._looks >= 0 or (self._comes and "remove late" not in self.done)
        return (LATE,) if there else ()

    def inspect(self, container):
        if container == "late" and self._looks >= 0:
            raise Gone("Docker: No such container: late")
        return {"HostConfig": {}, "Config": {}}

    def stop(self, container, _seconds=None):
        self.inspect(container)
        self.done.append("stop")

    def remove_container(self, container):
        self.done.append(f"remove {container}")

    def check(self):
        """It answers."""

    def image(self, _tag):
        """It has none."""

    def volumes(self, *_labels):
        return {}

    networks = untagged = volumes
    remove_volume = remove_unused = remove_container


@pytest.fixture
def pay(tree):
    made = tree("pay")
    made.update(compose_project="shop-pay")
    return made


def test_a_container_that_is_still_being_created_is_stopped_once_it_is(pay, shop):
    shop.engine = BusyEngine(3)
    assert stop_containers(pay) == 0
    assert shop.engine.done == ["stop"]


@pytest.mark.usefixtures("compose_program")
def test_a_container_that_is_still_being_created_is_removed_once_it_is(pay, shop):
    shop.engine = BusyEngine(3)
    take_down(pay, lambda: None)
    assert shop.engine.done == ["remove late"]


def test_one_that_the_engine_gives_up_is_not_awaited(pay, shop):
    shop.engine = BusyEngine(3, comes=False)
    assert stop_containers(pay) == 0
    assert shop.engine.done == []
