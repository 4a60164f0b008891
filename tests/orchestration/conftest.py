"""A project on a real repository and a real store; steps report into a list, and no engine is asked."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from worktree_tasks.configuration.settings import Settings
from worktree_tasks.git import find_repository
from worktree_tasks.orchestration.runtimes.runtime_table import load
from worktree_tasks.orchestration.steps.project import Project
from worktree_tasks.orchestration.steps.worktree_creation import add_worktree
from worktree_tasks.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from worktree_tasks.orchestration.steps.worktree_handle import Tree


class Told:
    """Progress as a list of lines."""

    echo = None
    quiet = False

    def __init__(self) -> None:
        self.lines: list[str] = []

    @contextmanager
    def step(self, name: str) -> Iterator[Callable[[str], None]]:
        yield lambda text: self.lines.append(f"{name}: {text}")

    def doing(self, text: str) -> None:
        pass

    def note(self, text: str) -> None:
        self.lines.append(text)

    news = note


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def shop(project, told, tmp_path) -> Iterator[Project]:
    store = open_store(tmp_path / "state")
    made = Project(find_repository(project.path), Settings(clean_min_age=0), store, told, runtimes=load)
    # Known from an earlier command, as a rule; the first one asks Compose for the name.
    made._entry = store.remember(made.repository.common_dir, name="shop", main=made.main)
    yield made
    store.close()


@pytest.fixture
def tree(shop) -> Callable[[str], Tree]:
    """Make a worktree that is ready, without its stack."""

    def make(branch: str) -> Tree:
        made = add_worktree(shop, branch)
        made.update(state="ready")
        return made

    return make
