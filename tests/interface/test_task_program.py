"""The program: what it makes of words before Invoke reads them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

FROM_PYTHON = (sys.executable, "-m", "worktree_tasks")


@pytest.mark.parametrize(
    "words",
    [
        ("--help", "start"),
        ("start", "--help"),
        ("start", "-h"),
        ("start", "auth-feature", "--help"),
    ],
)
def test_help_of_a_task_is_had_on_either_side_of_its_name(project, words):
    done = project.run(*FROM_PYTHON, *words)
    assert (done.code, done.err) == (0, "")
    assert "Bring a worktree's stack up" in done.out
    assert "--build" in done.out


def test_help_of_a_task_is_had_outside_of_any_project(project):
    done = project.run(*FROM_PYTHON, "new", "--help", cwd=Path("/"))
    assert done.code == 0, done.err
    assert "Example: inv wt.new auth-feature" in done.out


def test_a_project_that_is_not_known_yet_is_found_by_its_directory(project):
    done = project.run(*FROM_PYTHON, "--project", str(project.path), "path", "auth", cwd=Path("/"))
    assert (done.code, done.err.splitlines()[0]) == (2, "✗ no worktree is called 'auth'")


def test_a_project_that_is_neither_a_name_nor_a_directory_is_not_known(project):
    done = project.run(*FROM_PYTHON, "--project", "nowhere", "path", "auth", cwd=Path("/"))
    assert (done.code, done.err.splitlines()[0]) == (2, "✗ no project is called 'nowhere'")
