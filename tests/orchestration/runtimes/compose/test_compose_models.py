"""Main's compose project: read while a command still loads, and never as it was for an earlier command."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from worktree_tasks.configuration.settings import Settings
from worktree_tasks.engine import compose_command
from worktree_tasks.engine.compose_command import Invocation
from worktree_tasks.engine.compose_config import read_model
from worktree_tasks.errors import BadUse
from worktree_tasks.git import find_repository
from worktree_tasks.orchestration.runtimes.compose import compose_models as compose_reading
from worktree_tasks.orchestration.runtimes.runtime_table import load, reading
from worktree_tasks.orchestration.steps.project import Project
from worktree_tasks.store import open_store
from worktree_tasks.waiting import wait_while

COMPOSE = """
include: [more.yaml]
services:
  web: {image: "web:${TAG-none}", extends: {file: base.yaml, service: base}}
"""
FORMS = {
    "plain": "services: {web: {image: x}}",
    "named": "name: other\nservices: {web: {image: x}}",
    "says-its-name": (
        'services: {web: {image: "${COMPOSE_PROJECT_NAME}/x", container_name: "${COMPOSE_PROJECT_NAME}-web",'
        ' volumes: ["data:/data"]}}\nvolumes: {data: {}}\n'
        'networks: {default: {name: "${COMPOSE_PROJECT_NAME}_net"}}'
    ),
}
CORPUS = sorted(Path(os.environ.get("WT_CORPUS") or os.devnull).glob("*/*.y*ml"))


@pytest.fixture
def checkout(compose_program, make_project, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    made = make_project(compose=COMPOSE)
    made.write("more.yaml", "services: {cache: {image: 'redis:7'}}\n")
    made.write("base.yaml", "services: {base: {environment: {SIZE: small}}}\n")
    made.write(".env", "TAG=one\n")
    return made


@pytest.fixture
def opened(checkout, told):
    """Opens the project as each command does."""
    with closing(open_store()) as store:
        yield lambda: Project(find_repository(checkout.path), Settings(), store, told, runtimes=load)


def seen(project: Project) -> tuple[str, str, str]:
    services = project.model.services
    web = services["web"]
    return web.image, str(web.environment["SIZE"]), services["cache"].image


def test_what_is_read_ahead_is_what_is_read_otherwise(opened):
    with reading(opened()) as project:
        early = project.model, project.raw_specs
    plain = opened()
    assert early == (plain.model, plain.raw_specs)


def test_compose_is_asked_no_more_often_for_it(opened, monkeypatch):
    asked, run = [], compose_command.run

    def note(call, *words, **options):
        asked.append(words)
        return run(call, *words, **options)

    monkeypatch.setattr(compose_command, "run", note)
    with reading(opened()) as project:
        assert not wait_while(lambda: len(asked) < 2, 60)
        _ = project.model, project.raw_specs
    assert sorted("--no-interpolate" in words for words in asked) == [False, True]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (".env", "TAG=two\n", ("web:two", "small", "redis:7")),
        ("more.yaml", "services: {cache: {image: 'redis:8'}}\n", ("web:one", "small", "redis:8")),
        ("base.yaml", "services: {base: {environment: {SIZE: large}}}\n", ("web:one", "large", "redis:7")),
        ("compose.yaml", COMPOSE.replace('"web:', '"page:'), ("page:one", "small", "redis:7")),
    ],
)
@pytest.mark.parametrize("needed", [True, False], ids=["needed", "not-needed"])
def test_what_changed_since_an_earlier_command_is_seen_by_the_next(
    opened, checkout, name, text, expected, needed
):
    with reading(opened()) as project:
        assert not needed or seen(project) == ("web:one", "small", "redis:7")
    checkout.write(name, text)
    with reading(opened()) as project:
        assert seen(project) == expected


def test_main_that_runs_under_another_name_is_read_under_that(opened, monkeypatch):
    monkeypatch.setattr(compose_reading, "main_name", lambda _: "elsewhere")
    with reading(opened()) as project:
        assert project.model.name == "elsewhere"


def test_what_compose_cannot_read_is_an_error_where_it_is_needed_and_nowhere_else(opened, checkout):
    checkout.write("compose.yaml", "services: [\n")
    with reading(opened()) as project:
        pass
    with reading(opened()) as project, pytest.raises(BadUse, match=r"Compose cannot read compose\.yaml"):
        _ = project.model


@pytest.mark.parametrize("file", [*FORMS, *CORPUS], ids=lambda one: one if one in FORMS else one.parent.name)
def test_a_project_is_the_same_whether_compose_or_we_give_it_the_name_that_it_has(
    compose_program, tmp_path, file
):
    if file in FORMS:
        text, file = FORMS[file], tmp_path / "compose.yaml"
        file.write_text(text)
    call = Invocation(file.parent, (file,), profiles=("*",))
    told = read_model(call)
    assert read_model(replace(call, project=told.name)) == told
