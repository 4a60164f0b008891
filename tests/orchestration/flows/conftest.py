"""A project whose stacks are plain processes, so that whole flows run without an engine."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from harness.processes import Processes

from worktree_tasks.configuration.settings import Settings
from worktree_tasks.git import find_repository
from worktree_tasks.orchestration.steps.project import Project
from worktree_tasks.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def plain(make_project, told, tmp_path) -> Iterator[Project]:
    project = make_project("moving", compose="services: {}\n")
    serve = ["sh", "-c", f"exec {sys.executable} -m http.server $PORT"]
    project.write("stack.json", json.dumps({"web": {"argv": serve, "port": 8600}}))
    project.write(".gitignore", ".env\n")
    project.commit("Say what runs")
    project.write(".env", "SITE_URL=http://localhost:8600\n")
    (tmp_path / "logs").mkdir()
    runtime = Processes(tmp_path / "logs")
    store = open_store()
    yield Project(
        find_repository(project.path), Settings(clean_min_age=0, fetch=False), store, told, runtimes=runtime
    )
    runtime.end()
    store.close()
