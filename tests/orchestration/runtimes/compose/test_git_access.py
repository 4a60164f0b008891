"""An image is asked for git once, in whatever container has it; one that goes meanwhile answers nothing."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.configuration.compose.service_roles import Service
from worktree_tasks.configuration.compose.stack import Stack
from worktree_tasks.engine.api_errors import EngineRefused, Gone
from worktree_tasks.orchestration.runtimes.compose.git_access import with_git


class Engine:
    """Containers of one image, which has git in a directory of its own; some of them are gone."""

    def __init__(self, *containers: str, gone: tuple[str, ...] = (), busy: bool = False) -> None:
        self.containers = [SimpleNamespace(id=one, image="sha256:a") for one in containers]
        self.gone = gone
        self.busy = busy
        self.asked: list[tuple[str, str]] = []

    def image(self, name: str) -> dict | None:
        known = {"Id": "sha256:a", "Config": {"Env": ["PATH=/bin::/opt/git", "GIT_CONFIG_COUNT=3"]}}
        return known if name == "app:1" else None

    def has_file(self, container: str, path: str) -> bool:
        self.asked.append((container, path))
        if self.busy:
            raise EngineRefused(container, "")
        if container in self.gone:
            raise Gone(container, "")
        return path == "/opt/git/git"


@pytest.fixture
def asking(shop, tree):
    """Return what is decided on a service of an image, with an engine."""
    made = tree("auth")
    directory = str(made.record.path)
    mount = {"type": "bind", "source": directory, "target": "/app"}
    model = parse({"services": {"web": {"image": "app:1", "volumes": [mount]}}})
    services = (Service("web", "own", ""),)
    stack = Stack("k", "shop", "auth", "s", "n", services, (), "127.0.0.1", str(shop.main), directory)

    def ask(engine: Engine):
        project = SimpleNamespace(
            repository=shop.repository, settings=shop.settings, store=shop.store, engine=engine,
            main_containers=dict,
        )  # fmt: skip
        one = SimpleNamespace(project=project, record=made.record, containers=lambda: engine.containers)
        return with_git(one, model, stack)

    return ask


def test_an_image_is_asked_once_in_the_directories_of_its_own_path(asking):
    engine = Engine("one", "two")
    found = asking(engine)
    assert found.git_access["web"].mode == "ro"
    assert found.image_environment["web"]["GIT_CONFIG_COUNT"] == "3"
    assert engine.asked == [("one", "/bin/git"), ("one", "/opt/git/git")]
    again = Engine("one")
    assert asking(again).git_access == found.git_access
    assert again.asked == []


def test_what_went_meanwhile_tells_nothing_and_the_next_is_asked(asking):
    assert asking(Engine("one", gone=("one",))).git_access["web"].mode is None
    engine = Engine("one", "two", gone=("one",))
    assert asking(engine).git_access["web"].mode == "ro"
    assert {container for container, _ in engine.asked} == {"one", "two"}


def test_without_a_container_it_stays_open(asking):
    assert asking(Engine()).git_access["web"].mode is None


def test_an_image_in_which_the_engine_cannot_look_now_is_asked_again(asking):
    engine = Engine("one", busy=True)
    assert asking(engine).git_access["web"].mode is None
    engine.busy = False
    assert asking(engine).git_access["web"].mode == "ro"
