"""The hooks of Claude Code, as far as they go without an engine: what is wrong with their input."""

from __future__ import annotations

import json

import pytest
from harness.projects import record_worktrees

NO_INPUT = "✗ stdin is empty"


def hook(project, event, stdin, **options):
    text = stdin if isinstance(stdin, str) else json.dumps(stdin)
    done = project.program("claude-hook", event, stdin=text, **options)
    assert "Traceback" not in done.err
    return done


@pytest.mark.parametrize("event", ["create", "session", "remove"])
@pytest.mark.parametrize(
    "stdin", [" ", "auth", '{"name": "auth"', '["auth"]', '"auth"', "null", "[" * 100_000, "\x00", "{}\n{}"]
)
def test_input_that_is_no_json_object_is_wrong_use_and_nothing_happens(project, event, stdin):
    done = hook(project, event, stdin)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("✗ stdin is not ")
    assert not project.root.exists()


def test_input_without_end_is_not_read_to_the_last_byte(project):
    done = hook(project, "create", '{"name": "' + "a" * (1 << 20) + '"}')
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("✗ stdin has more than 1048576 bytes")


@pytest.mark.parametrize(
    "name",
    [None, "", 7, ["auth"], "nul\0byte", "\ud800"],
    ids=["none", "empty", "number", "list", "nul", "half"],
)
@pytest.mark.parametrize(("event", "key"), [("create", "name"), ("remove", "worktree_path")])
def test_a_name_that_is_no_text_is_told_with_its_key(project, event, key, name):
    done = hook(project, event, {key: name})
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"✗ the hook's input has no {key}: ")


@pytest.mark.parametrize("name", ["..", "a b", "-x", "x.lock", "a//b", "/", "@", "line\nbreak", "\x1b[31m"])
def test_a_name_that_no_branch_can_have_is_told_and_nothing_is_made(project, name):
    done = hook(project, "create", {"name": name})
    assert (done.code, done.out) == (2, "")
    assert "cannot be a branch" in done.err
    assert "\x1b" not in done.err
    assert not project.root.exists()


def test_no_input_is_told_as_such(project):
    done = hook(project, "create", "")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(NO_INPUT)


def test_another_event_is_wrong_use(project):
    done = hook(project, "destroy", {"name": "auth"})
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[1].endswith("it can be create, session or remove")


def test_a_session_in_main_starts_nothing_and_says_nothing(project):
    for directory in (project.path, project.path.parent):
        done = hook(project, "session", {"cwd": str(project.path)}, cwd=directory)
        assert (done.code, done.out, done.err) == (0, "", "")


def test_a_session_outside_of_a_repository_says_so(project):
    done = hook(project, "session", {}, cwd=project.path.parent)
    assert (done.code, done.out) == (1, "")
    assert "is not in a git repository" in done.err


def test_a_directory_of_a_session_that_is_gone_is_not_gone_to(project):
    done = hook(project, "session", {"cwd": str(project.path / "gone")})
    assert (done.code, done.out, done.err) == (0, "", "")


def test_what_is_to_be_removed_has_to_be_a_worktree_of_the_project(project):
    record_worktrees(project, "auth")
    done = hook(project, "remove", {"worktree_path": "/nowhere/else"})
    assert (done.code, done.out) == (2, "")
    assert "has no worktree called" in done.err


def test_without_a_docker_engine_no_worktree_is_made_and_the_code_says_why(project):
    done = hook(project, "create", {"name": "auth"}, env={"DOCKER_HOST": "unix:///nowhere/docker.sock"})
    assert (done.code, done.out) == (4, "")
    assert not project.root.exists()


def test_help_tells_what_a_hook_takes_and_inv_has_none(project):
    assert "Usage: worktree-tasks claude-hook EVENT" in project.program("claude-hook", "--help").out
    assert "claude-hook EVENT" in project.program("--help").out
    assert "claude-hook" not in project.inv("--list").out
