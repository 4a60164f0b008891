"""Where plain `docker compose` in a worktree does not use its stack, it is said."""

from __future__ import annotations

import pytest

from worktree_tasks.orchestration.steps.plain_compose_notes import plain_compose

pytestmark = pytest.mark.usefixtures("compose_program")

COMPOSE = "services:\n  web: {build: .}\n"


@pytest.fixture(autouse=True)
def _files(project):
    project.write("compose.yaml", COMPOSE)
    project.write(".gitignore", ".env\n")
    project.commit("Say what runs")


def test_an_exported_project_name_is_told_where_it_makes_plain_compose_mains(shop, monkeypatch):
    mains = shop.model.name
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", "another")
    assert not list(plain_compose(shop, "auth"))
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", mains)
    (line,) = plain_compose(shop, "auth")
    assert f"plain `docker compose` in the worktree uses main's stack {mains}" in line
    assert line.endswith('use wt.compose auth "…", or unset the variable there')


@pytest.mark.parametrize(("folder", "place"), [("", "the worktree's root"), ("deploy/", "deploy")])
def test_an_override_that_the_env_file_names_is_used_where_that_file_is(project, shop, folder, place):
    for name in ("compose.yaml", "compose.override.yaml"):
        project.write(f"{folder}{name}", COMPOSE)
    if folder:
        project.git("rm", "--quiet", "compose.yaml")
    project.commit("Override it")
    (line,) = plain_compose(shop, "auth")
    assert f"plain `docker compose` uses the override only in {place} itself" in line
