"""Where the program behind `docker compose` is: told once by docker, and true until something changes."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from worktree_tasks.engine import compose_command
from worktree_tasks.engine.compose_command import Invocation
from worktree_tasks.engine.compose_plugin import known_plugin, learn_plugin

SAYS = """#!/bin/sh
case $1 in
docker-cli-plugin-metadata)
  printf '{"SchemaVersion": "0.1.0", "Vendor": "V", "Version": "v2.99.1", "ShortDescription": "S"}' ;;
*) printf '%s\\n' "$DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND" "$@" ;;
esac
"""


@pytest.fixture
def state(nobodys_home) -> Path:
    folder = nobodys_home / "state" / "worktree-tasks"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def own(compose_program, state, tmp_path, monkeypatch) -> Path:
    """A plugin of the user's own, which docker takes before all others."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    plugin = tmp_path / "docker" / "cli-plugins" / "docker-compose"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(SAYS)
    plugin.chmod(0o755)
    return plugin


def test_what_docker_would_start_is_known_once_docker_has_told(own):
    assert known_plugin() is None
    learn_plugin()
    found = known_plugin()
    assert (found.path, found.version) == (str(own), "v2.99.1")


def test_the_version_is_known_with_it_and_nobody_is_asked(own, monkeypatch):
    learn_plugin()
    monkeypatch.setattr(compose_command, "query", pytest.fail)
    assert compose_command.version() == "2.99.1"


def test_it_is_started_as_docker_starts_it(own, tmp_path):
    call = Invocation(tmp_path, (), project="x")
    said = compose_command.run(call, "ps").out.splitlines()
    learn_plugin()
    quick = compose_command.run(call, "ps").out.splitlines()
    assert quick[1:] == said[1:] == ["compose", "-p", "x", "--project-directory", str(tmp_path), "ps"]
    assert Path(quick[0]).name == Path(said[0]).name == "docker"


def test_another_version_in_its_place_is_asked_about_anew(own):
    learn_plugin()
    own.write_text(SAYS.replace("2.99.1", "2.99.2"))
    assert known_plugin() is None
    learn_plugin()
    assert known_plugin().version == "v2.99.2"


def test_one_that_comes_before_it_or_is_gone_is_asked_about_anew(own, compose_program):
    aside = own.rename(own.with_name("aside"))
    learn_plugin()
    systems = known_plugin()
    assert systems is None or systems.path != str(own)
    aside.rename(own)
    assert known_plugin() is None


def test_a_script_in_the_place_of_docker_is_always_asked(own, tmp_path, monkeypatch):
    learn_plugin()
    script = tmp_path / "bin" / "docker"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {shutil.which("docker")} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    assert known_plugin() is None
    learn_plugin()
    assert known_plugin() is None


def test_with_further_directories_of_plugins_docker_is_always_asked(own):
    learn_plugin()
    configuration = own.parent.parent / "config.json"
    configuration.write_text(json.dumps({"cliPluginsExtraDirs": ["/opt/plugins"]}))
    assert known_plugin() is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"path": 1}', "[1, 2, 3]", "null"])
def test_what_is_noted_of_it_may_be_anything(own, state, text):
    (state / "compose.json").write_text(text)
    assert known_plugin() is None


def test_without_a_state_nothing_is_written(own, state):
    state.rmdir()
    learn_plugin()
    assert not state.exists()


@pytest.mark.parametrize("host", [None, "unix:///nowhere/docker.sock", "tcp://127.0.0.1:1", "ssh://nowhere"])
def test_compose_says_the_same_either_way_wherever_the_engine_is(
    compose_program, state, tmp_path, monkeypatch, host
):
    learn_plugin()
    if host:
        monkeypatch.setenv("DOCKER_HOST", host)
    (tmp_path / "compose.yaml").write_text("services: {web: {image: 'x:${TAG-1}'}}\n")
    call = Invocation(tmp_path, (tmp_path / "compose.yaml",), project="x")
    for words in (("config",), ("config", "--no-interpolate"), ("config", "--wrong"), ("wrong",)):
        quick = compose_command.run(call, *words, check=False)
        with monkeypatch.context() as patched:
            patched.setattr(compose_command, "known_plugin", lambda: None)
            assert compose_command.run(call, *words, check=False) == quick
