"""A stack that goes away for good: how long its containers have, and what waits for them."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from worktree_tasks.configuration.compose.containers import Container
from worktree_tasks.configuration.settings import Settings
from worktree_tasks.orchestration.runtimes.compose.container_removal import remove_containers, stop_containers


class _Engine:
    """Notes what is done to containers that have stop timeouts by service."""

    def __init__(self, timeouts) -> None:
        self.timeouts = timeouts
        self.done: list[tuple[object, ...]] = []
        self._turn = threading.Lock()

    def _note(self, *what) -> None:
        with self._turn:
            self.done.append(what)

    def inspect(self, key):
        config = {} if self.timeouts[key] is None else {"StopTimeout": self.timeouts[key]}
        return {"HostConfig": {"VolumesFrom": ["main"] if key == "guest" else None}, "Config": config}

    def stop(self, key, seconds=None):
        self._note("stop", key, seconds)

    def remove_container(self, key):
        self._note("remove", key)

    def remove_volume(self, name):
        self._note("volume", name)


def container(key: str, *, volumes: tuple[str, ...] = (), state: str = "running") -> Container:
    return Container(
        id=key, name=key, project="p", service=key, key="k", state=state, status="", published=(),
        labels={}, image="", volumes=volumes,
    )  # fmt: skip


@pytest.fixture
def stack(told):
    def make(timeouts, found):
        project = SimpleNamespace(engine=_Engine(timeouts), progress=told, settings=Settings())
        return SimpleNamespace(project=project, containers=lambda: found)

    return make


def test_what_is_removed_has_a_second_or_the_time_that_it_asks_for(stack):
    found = [container("web"), container("worker"), container("job", state="exited")]
    tree = stack({"web": None, "worker": 30, "job": None}, found)
    remove_containers(tree, found)
    stops = {what[1:] for what in tree.project.engine.done if what[0] == "stop"}
    assert stops == {("web", 1), ("worker", 30)}
    assert {what[1] for what in tree.project.engine.done if what[0] == "remove"} == {"web", "worker", "job"}


def test_what_is_only_stopped_has_the_time_that_it_asks_for(stack):
    tree = stack({"web": 30}, [container("web")])
    assert stop_containers(tree) == 1
    assert tree.project.engine.done == [("stop", "web", None)]


def test_mains_services_are_there_until_all_have_stopped(stack):
    found = [container("web"), container("worker")]
    tree = stack({"web": None, "worker": None}, found)
    done = tree.project.engine.done
    remove_containers(tree, found, beside=lambda: done.append(("detach",)))
    assert {what[0] for what in done[:2]} == {"stop"}
    assert ("detach",) in done[2:]


def test_volumes_that_nobody_named_go_along_but_not_those_of_another_service(stack):
    own, other = "a" * 64, "b" * 64
    found = [container("web", volumes=(own, "data")), container("guest", volumes=(other,))]
    tree = stack({"web": None, "guest": None}, found)
    remove_containers(tree, found)
    assert [what[1] for what in tree.project.engine.done if what[0] == "volume"] == [own]
