"""A mount of the folder above main, as development containers have it: a worktree's shows the worktree."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from harness.toys import PROJECTS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

COMPOSE = """\
name: TOY_NAME
services:
  app:
    image: python:3.11-slim
    init: true
    command: python -m http.server 8000 --directory /workspaces/TOY_NAME
    volumes: ["..:/workspaces:cached"]
    ports: ["TOY_WEB:8000"]
"""


@pytest.fixture
def workbench(tmp_path, make_toy):
    source: Path = tmp_path / "workbench"
    shutil.copytree(PROJECTS / "lonely", source)
    (source / "compose.yaml").write_text(COMPOSE)
    (source / "code.json").write_text('"main"')
    return make_toy(source)


def test_a_container_with_the_folder_above_main_has_the_worktree_in_mains_place(workbench):
    tree = workbench.new("auth")
    place = workbench.root / "auth"
    (place / "code.json").write_text('"auth"')
    [service] = tree["services"].values()
    port = service["ports"][0]["published"]
    assert workbench.get(port, "/code.json") == "auth"
    words = ("-c", f"echo made > /workspaces/{workbench.name}/made && ls -d /workspaces/*")
    container = workbench.containers(tree["compose_project"])["app"]["Id"]
    listed = workbench.docker("exec", container, "sh", *words).split()
    assert f"/workspaces/{workbench.name}" in listed
    assert (place / "made").exists()
    assert not (workbench.main / "made").exists()
