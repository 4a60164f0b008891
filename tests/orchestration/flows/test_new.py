"""What a new worktree gets, whatever git's own configuration says."""

from __future__ import annotations

import subprocess

import pytest

from worktree_tasks.git.program import git
from worktree_tasks.orchestration.flows.new import Wish, new
from worktree_tasks.orchestration.steps.project import Project
from worktree_tasks.waiting import wait_while


@pytest.mark.parametrize("absolute", [False, True])
def test_the_hooks_of_a_folder_that_git_ignores_run_there_too(plain, absolute):
    hooks = plain.main / ".husky" / "_"
    hooks.mkdir(parents=True)
    (hooks / ".gitignore").write_text("*\n")
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    git(plain.main, "config", "core.hooksPath", str(hooks) if absolute else ".husky/_")
    path = new(plain, Wish("pay", start=False)).path
    words = ("-C", str(path), "commit", "--quiet", "--allow-empty", "--message", "Not checked")
    assert plain_git(*words) == 1
    assert git(path, "status", "--porcelain").out == ""


def test_a_worktree_is_made_while_the_description_of_main_is_still_read(plain, monkeypatch):
    new(plain, Wish("first", start=False))
    read, late = plain.runtime.model, []

    def read_once_it_is_there(project, checkout, *rest, **further):
        late.append(wait_while(lambda: not (project.root / "pay" / ".git").exists(), 20))
        return read(project, checkout, *rest, **further)

    monkeypatch.setattr(plain.runtime, "model", read_once_it_is_there)
    again = Project(plain.repository, plain.settings, plain.store, plain.progress, runtimes=plain.runtimes)
    new(again, Wish("pay", start=False))
    assert late[0] is False


def plain_git(*words: str) -> int:
    """Run git as a person does, with hooks."""
    return subprocess.run(["git", *words], check=False, capture_output=True).returncode
