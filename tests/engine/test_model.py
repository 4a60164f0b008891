"""Projects as Compose reads them, and what it waits for, which has an end and a name."""

from __future__ import annotations

import os

import pytest

from worktree_tasks.engine import model
from worktree_tasks.engine.compose import Invocation
from worktree_tasks.engine.model import read_model
from worktree_tasks.errors import Failure


def test_compose_has_services_that_are_called_like_flags(compose_program, tmp_path):
    file = tmp_path / "compose.yaml"
    file.write_text('services: {"-d": {image: x}, "--help": {image: y}}\n')
    assert set(read_model(Invocation(tmp_path, (file,), project="x")).services) == {"-d", "--help"}


def test_a_file_that_compose_waits_for_without_an_end_is_an_error_that_names_it(
    compose_program, tmp_path, monkeypatch
):
    monkeypatch.setattr(model, "_READING_SECONDS", 2.0)
    file = tmp_path / "compose.yaml"
    file.write_text("services: {web: {image: web, env_file: secrets}}\n")
    os.mkfifo(tmp_path / "secrets")
    with pytest.raises(Failure) as told:
        read_model(Invocation(tmp_path, (file,)))
    assert told.value.what == "Compose cannot read compose.yaml: it did not end within 2 s"
    assert str(tmp_path) in told.value.hint


def test_paths_below_a_directory_that_stands_for_the_root_are_without_it(compose_program, tmp_path):
    checkout = tmp_path / "src" / "shop"
    checkout.mkdir(parents=True)
    (checkout / "compose.yaml").write_text(
        "services: {web: {image: x, volumes: ['.:/app', '../..:/all', '/etc:/etc']}}\n"
    )
    found = read_model(Invocation(checkout, (checkout / "compose.yaml",)), root=str(tmp_path))
    assert [one.source for one in found.services["web"].mounts] == ["/src/shop", "/", "/etc"]
