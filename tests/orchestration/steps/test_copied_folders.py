"""Folders of installed dependencies come along, whole, as files of the worktree's own; or are named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from worktree_tasks.orchestration.steps.copied_files import copy_files
from worktree_tasks.orchestration.steps.copied_folders import folders_of
from worktree_tasks.orchestration.steps.limitations import limits
from worktree_tasks.orchestration.steps.worktree_creation import add_worktree

pytestmark = pytest.mark.usefixtures("compose_program")

COMPOSE = """\
services:
  web: {image: "python:3.11-slim", volumes: [".:/app", "covered:/app/covered/node_modules"]}
  tool: {build: vendor/tool}
volumes: {covered: {}}
"""


@pytest.fixture
def begun(project, shop):
    """Make a worktree of a project with dependencies, as `new` has it when it copies files."""
    project.write("compose.yaml", COMPOSE)
    project.write(".gitignore", "node_modules/\nvendor/\n")
    project.write("package-lock.json", "{}")
    project.commit()
    project.write("node_modules/left/index.js", "left").chmod(0o755)
    (project.path / "node_modules/.bin").mkdir()
    (project.path / "node_modules/.bin/left").symlink_to("../left/index.js")
    project.write("covered/node_modules/x.js", "x")
    project.write("vendor/tool/Dockerfile", "FROM nginx:stable\n")
    return add_worktree(shop, "auth")


def test_what_a_service_finds_in_its_code_is_copied_and_is_the_worktrees_own(begun, project):
    assert set(copy_files(begun)) == {"node_modules", "vendor"}
    place = begun.record.path / "node_modules"
    assert not place.is_symlink()
    assert (place / "left/index.js").stat().st_mode & 0o777 == 0o755
    assert (place / ".bin/left").readlink().as_posix() == "../left/index.js"
    assert (begun.record.path / "vendor/tool/Dockerfile").is_file()
    assert not (begun.record.path / "covered").exists()
    (place / "left/index.js").write_text("mine")
    assert (project.path / "node_modules/left/index.js").read_text() == "left"


def test_how_many_of_many_files_are_copied_is_told_meanwhile(begun, project, told, monkeypatch):
    doing: list[str] = []
    monkeypatch.setattr(told, "doing", doing.append)
    project.write(".worktreeinclude", "data/\n")
    project.write(".gitignore", "node_modules/\nvendor/\ndata/\n")
    for number in range(250):
        project.write(f"node_modules/left/{number}.js", "left")
        project.write(f"data/{number}.json", "{}")
    copy_files(begun)
    for number in (0, 100, 200):
        assert f"copying data: {number} of 250 files" in doing
    assert "copying node_modules: 200 of 252 files" in doing


def test_what_was_half_copied_when_a_command_was_killed_is_copied_whole(begun):
    place = begun.record.path / "node_modules"
    place.mkdir()
    (place / ".worktree-tasks-unfinished").touch()
    assert "node_modules" in copy_files(begun)
    assert sorted(path.name for path in place.iterdir()) == [".bin", "left"]


def test_what_is_there_stays_and_nothing_comes_once_the_worktree_is_ready(begun):
    (begun.record.path / "node_modules").mkdir()
    assert set(copy_files(begun)) == {"vendor"}
    assert list((begun.record.path / "node_modules").iterdir()) == []
    begun.update(state="ready")
    assert copy_files(begun) == ()


def test_what_is_larger_than_the_setting_and_shares_no_blocks_is_named_with_what_installs_it(
    begun, told, monkeypatch
):
    begun.project.settings = replace(begun.project.settings, copy_max_bytes=3)
    monkeypatch.setattr("worktree_tasks.orchestration.steps.copied_folders._shares_blocks", lambda *_: False)
    assert copy_files(begun) == ()
    [said] = [line for line in told.lines if line.startswith("node_modules")]
    assert 'wt.run auth web "npm ci" installs it' in said
    assert not (begun.record.path / "node_modules").exists()
    assert said in limits(begun, env_tracked=False)
    assert all(folder.large for folder in folders_of(begun.project))


def test_what_was_copied_is_noted_as_nobodys_work(begun):
    copy_files(begun)
    assert "vendor/tool/Dockerfile" in begun.project.store.written(begun.record)
