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
