"""The command lines of Compose, and what it waits for, which has an end and a name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from harness.silence import silent_engine

from worktree_tasks.engine import compose
from worktree_tasks.engine.compose import Invocation, argv, read_model
from worktree_tasks.errors import DockerUnavailable, Failure

CALL = Invocation(Path("/src/shop"), (Path("/src/shop/compose.yaml"),), project="shop")


def test_services_come_after_two_dashes_since_compose_lets_them_be_called_like_flags():
    assert argv(CALL, "up", "--detach", services=["-d", "web"])[-5:] == ["up", "--detach", "--", "-d", "web"]


def test_without_services_a_command_is_about_all_of_them():
    assert argv(CALL, "up", "--detach")[-2:] == ["up", "--detach"]


def test_compose_has_services_that_are_called_like_flags(compose_program, tmp_path):
    file = tmp_path / "compose.yaml"
    file.write_text('services: {"-d": {image: x}, "--help": {image: y}}\n')
    assert set(read_model(Invocation(tmp_path, (file,), project="x"))["services"]) == {"-d", "--help"}


def test_a_file_that_compose_waits_for_without_an_end_is_an_error_that_names_it(
    compose_program, tmp_path, monkeypatch
):
    monkeypatch.setattr(compose, "_READING_SECONDS", 2.0)
    file = tmp_path / "compose.yaml"
    file.write_text("services: {web: {image: web, env_file: secrets}}\n")
    os.mkfifo(tmp_path / "secrets")
    with pytest.raises(Failure) as told:
        read_model(Invocation(tmp_path, (file,)))
    assert told.value.what == "Compose cannot read compose.yaml: it did not end within 2 s"
    assert str(tmp_path) in told.value.hint


def test_an_engine_that_never_answers_is_waited_for_in_bounded_time(compose_program, monkeypatch):
    with silent_engine() as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        with pytest.raises(DockerUnavailable, match=r"waited 0\.5 s for `docker ps`"):
            compose.containers(seconds=0.5)
