"""A home or a working directory that cannot be used: a line that says so, or it is not needed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# As with the installed program, nothing is imported from the working directory.
PROGRAM = ("-P", "-c", "from worktree_tasks.interface.program import main; main()")
# Root reads everything, unless it has these no more.
MORTAL = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
COMMANDS = (
    "list",
    "new auth --no-start",
    "trash",
    "doctor",
    "--as wt auth",
    "--candidates wr a",
    "shell-init bash",
)
# What a shell asks is answered with nothing.
SILENT = ("--where", "--leave", "--candidates")


@pytest.fixture
def said(project):
    """Run the program with a broken environment; see one error, or none, and never a traceback."""

    def run(words: str, *, cwd: Path | None = None, **env: str | None) -> str:
        gone = [f"--unset={name}" for name, value in env.items() if value is None]
        given = [f"{name}={value}" for name, value in env.items() if value is not None]
        argv = (*MORTAL, "env", *gone, *given, sys.executable, *PROGRAM, *words.split())
        done = project.run(*argv, cwd=cwd, env={"DOCKER_HOST": "unix:///nowhere/docker.sock"})
        assert "Traceback" not in done.err, done.err
        assert done.code in range(5)
        assert done.code == 0 or words.startswith(SILENT) or "doctor" in words or "✗ " in done.err
        return done.err

    return run


@pytest.mark.parametrize("words", COMMANDS)
def test_a_home_that_is_none_is_an_error_in_one_line_or_not_needed(said, project, tmp_path, words):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    for home in ("relative", str(project.path / "compose.yaml"), str(closed)):
        said(words, HOME=home, XDG_STATE_HOME="relative/state", XDG_CONFIG_HOME=None)
    assert not (project.path / "relative").exists()
    assert project.git("status", "--porcelain") == ""


def test_without_the_variable_the_home_is_that_of_the_user(said):
    assert said("trash", HOME=None) == ""


def test_a_closed_home_is_named(said, tmp_path):
    (tmp_path / "closed").mkdir(mode=0)
    told = said("trash", HOME=str(tmp_path / "closed"))
    assert str(tmp_path / "closed") in told
    assert "HOME" in told


@pytest.mark.parametrize("words", ["list", "path auth", "plan auth", "remove auth", "doctor", "--as wt auth"])
def test_a_working_directory_that_was_removed_is_an_error_in_one_line(said, project, words):
    script = 'mkdir there && cd there && rmdir "$PWD" && exec "$@"'
    argv = ("sh", "-c", script, "sh", sys.executable, *PROGRAM, *words.split())
    done = project.run(*argv, env={"DOCKER_HOST": "unix:///nowhere/docker.sock"})
    assert "Traceback" not in done.err, done.err
    assert done.code in range(5)
    if not words.startswith("--"):
        assert (done.code, "✗ the current directory cannot be used" in done.err) == (1, True), done.err
