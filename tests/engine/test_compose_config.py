"""Projects as Compose reads them, and what it waits for, which has an end and a name."""

from __future__ import annotations

import os

import pytest

from worktree_tasks.configuration.compose.uninterpolated import RawPort
from worktree_tasks.engine import compose_config
from worktree_tasks.engine.compose_command import Invocation
from worktree_tasks.engine.compose_config import begin_model, forget_begun, read_model, read_raw
from worktree_tasks.errors import BadUse, Failure


def test_compose_has_services_that_are_called_like_flags(compose_program, tmp_path):
    file = tmp_path / "compose.yaml"
    file.write_text('services: {"-d": {image: x}, "--help": {image: y}}\n')
    assert set(read_model(Invocation(tmp_path, (file,), project="x")).services) == {"-d", "--help"}


def test_a_file_that_compose_waits_for_without_an_end_is_an_error_that_names_it(
    compose_program, tmp_path, monkeypatch
):
    monkeypatch.setattr(compose_config, "_READING_SECONDS", 2.0)
    file = tmp_path / "compose.yaml"
    file.write_text("services: {web: {image: web, env_file: secrets}}\n")
    os.mkfifo(tmp_path / "secrets")
    with pytest.raises(Failure) as told:
        read_model(Invocation(tmp_path, (file,)))
    assert told.value.what == "Compose cannot read compose.yaml: it did not finish within 2 s"
    assert str(tmp_path) in told.value.hint


@pytest.mark.parametrize(
    "line",
    ["KEY='hunter2 ", 'KEY="hunter2 ', "MY!KEY=hunter2 ", 'my"key=hunter2 ', 'KEY=${A:-"hunter2 '],
)
def test_a_line_of_an_env_file_that_compose_repeats_is_left_out(compose_program, tmp_path, line):
    file, values = tmp_path / "compose.yaml", tmp_path / ".env"
    file.write_text("services: {web: {image: web}}\n")
    values.write_text(f"FIRST=1\n{line}\nLAST=hunter2 too\n")
    with pytest.raises(BadUse, match=r"failed to read .*/\.env: ") as told:
        read_model(Invocation(tmp_path, (file,), (values,)))
    assert told.value.what.endswith(" ***")
    assert "hunter2" not in str(told.value)


def test_a_required_variable_that_nobody_sets_names_the_setting_that_does(compose_program, tmp_path):
    file = tmp_path / "compose.yaml"
    file.write_text("services: {web: {image: 'web:${TAG:?set a tag}'}}\n")
    with pytest.raises(BadUse, match="set a tag") as told:
        read_model(Invocation(tmp_path, (file,)))
    assert told.value.hint.startswith("set TAG in main's .env")
    assert "wt.env_files" in told.value.hint


def test_a_directory_whose_name_gives_no_project_name_is_told_with_where_to_write_one(
    compose_program, tmp_path
):
    home = tmp_path / "日本"
    home.mkdir()
    (home / "compose.yaml").write_text("services: {web: {image: web}}\n")
    with pytest.raises(BadUse, match="project name must not be empty") as told:
        read_model(Invocation(home, (home / "compose.yaml",)))
    assert "COMPOSE_PROJECT_NAME" in told.value.hint


def test_paths_below_a_directory_that_stands_for_the_root_are_without_it(compose_program, tmp_path):
    checkout = tmp_path / "src" / "shop"
    checkout.mkdir(parents=True)
    (checkout / "compose.yaml").write_text(
        "services: {web: {image: x, volumes: ['.:/app', '../..:/all', '/etc:/etc']}}\n"
    )
    found = read_model(Invocation(checkout, (checkout / "compose.yaml",)), root=str(tmp_path))
    assert [one.source for one in found.services["web"].mounts] == ["/src/shop", "/", "/etc"]


def test_what_compose_takes_for_wrong_before_it_knows_variables_is_read_as_it_stands(
    compose_program, tmp_path
):
    first, second = tmp_path / "compose.yaml", tmp_path / "more.yaml"
    first.write_text(
        "services:\n"
        "  web:\n"
        "    image: x\n"
        "    pull_policy: ${PULL:-missing}\n"
        "    volumes: ['${CONF:-./conf}:/etc/app:ro']\n"
        "    ports: ['${PORT:-8000}:80', {target: 81, published: '${OTHER}'}]\n"
        "    env_file: web.env\n"
        "    environment: {PORT: '${PORT}', DEBUG: 1}\n"
    )
    second.write_text(
        "services: {web: {ports: !override ['${LAST:-1}:82'], env_file: [{path: more.env}],"
        " environment: {DEBUG: 0}, command: serve}, db: {}}\n"
    )
    found = read_raw(Invocation(tmp_path, (first, second), project="x"))
    assert found["web"].ports == (
        RawPort("${PORT:-8000}", "80"),
        RawPort("${OTHER}", "81"),
        RawPort("${LAST:-1}", "82"),
    )
    assert found["web"].env_files == ("web.env", "more.env")
    assert found["web"].environment == {"PORT": "${PORT}", "DEBUG": "0"}
    assert found["web"].program == ("serve",)
    assert found["db"].ports == ()


def test_paths_are_as_on_the_disk_whatever_is_in_their_names(compose_program, tmp_path):
    checkout = tmp_path / "pay$roll $$"
    checkout.mkdir()
    file = checkout / "compose.yaml"
    file.write_text(
        "services: {web: {build: ., volumes: ['.:/app'], secrets: [key]}}\nsecrets: {key: {file: ./key}}\n"
    )
    found = read_model(Invocation(checkout, (file,), project="x"))
    web = found.services["web"]
    assert [one.source for one in web.mounts] == [str(checkout)]
    assert (web.build.context, found.secrets["key"]) == (str(checkout), str(checkout / "key"))


def test_a_model_that_was_begun_is_read_once_and_the_next_is_of_the_files_as_they_are_then(
    compose_program, tmp_path
):
    file = tmp_path / "compose.yaml"
    call = Invocation(tmp_path, (file,), project="x")
    file.write_text("services: {web: {image: old}}\n")
    begin_model(call)
    file.write_text("services: {web: {image: new}}\n")
    assert [read_model(call).services["web"].image for _ in range(2)] == ["old", "new"]


def test_a_model_that_was_begun_and_not_needed_is_never_an_answer_later(compose_program, tmp_path):
    file = tmp_path / "compose.yaml"
    call = Invocation(tmp_path, (file,), project="x")
    file.write_text("services: {web: {image: old}}\n")
    begin_model(call)
    forget_begun()
    file.write_text("services: {web: {image: new}}\n")
    assert read_model(call).services["web"].image == "new"
