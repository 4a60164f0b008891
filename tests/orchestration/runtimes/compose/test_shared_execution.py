"""A shared service that ends between the look at it and the command in its container is not running."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from harness.programs import docker

from worktree_tasks.configuration.compose.containers import Container
from worktree_tasks.orchestration.runtimes.compose import shared_execution

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]


@pytest.fixture(params=["stopped", "removed"])
def ended(request, shop, monkeypatch) -> Iterator[None]:
    """Let main's `db` be listed as running although its container has ended."""
    name = docker("create", "redis:7")
    if request.param == "removed":
        docker("rm", name)
    listed = Container(
        id=name, name="shop-db-1", project="shop", service="db", key=None, state="running",
        status="Up 2 hours", published=(), labels={}, image="", volumes=(),
    )  # fmt: skip
    monkeypatch.setattr(shop, "main_containers", lambda: {"db": listed})
    yield
    docker("rm", "--force", name, check=False)


@pytest.mark.usefixtures("ended")
def test_it_runs_no_command_and_takes_no_connection(shop):
    assert shared_execution.output_of(shop, "db", ["true"], None) is None
    assert shared_execution.execute(shop, "db", ["true"], {}) is None
    assert shared_execution.connect(shop, "db", 6379) is None
