"""What is said of containers of main that cannot start; the engine is played here."""

from __future__ import annotations

import shlex

import pytest

from worktree_tasks.configuration.compose.containers import Container
from worktree_tasks.engine.api import Engine
from worktree_tasks.orchestration.runtimes.compose.checks.dead_links import look

pytestmark = pytest.mark.usefixtures("compose_program")


def test_the_command_for_a_network_of_mains_works_from_any_directory(shop, monkeypatch):
    db = Container(
        id="1", name="shop-db-1", project="shop", service="db", key=None, state="exited",
        status="Exited (0) 1 minute ago", published=(), labels={}, networks=frozenset(), image="", volumes=(),
    )  # fmt: skip
    settings = {"NetworkSettings": {"Networks": {"shop_default": {"NetworkID": "gone"}}}}
    monkeypatch.setattr(Engine, "networks", lambda _: ())
    monkeypatch.setattr(Engine, "containers", lambda _, project: (db,) if project == "shop" else ())
    monkeypatch.setattr(Engine, "inspect", lambda *_: settings)
    (trouble,) = look(shop).troubles
    files = ["--project-directory", str(shop.main), "-f", str(shop.main / "compose.yaml")]
    words = ["docker", "compose", "-p", "shop", *files, "up", "--detach", "--force-recreate", "--", "db"]
    assert trouble.finding.fix == shlex.join(words)
