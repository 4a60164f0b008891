"""Real git repositories in a temporary directory."""

from __future__ import annotations

import os
import shlex
import shutil
from typing import TYPE_CHECKING

import pytest
from harness.projects import Project

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def make(tmp_path) -> Callable[..., Project]:
    """Make a repository with a branch `main`, by default with one commit."""

    def made(name: str = "shop", *options: str, commits: bool = True) -> Project:
        repository = Project(tmp_path / name)
        repository.init(*options)
        if commits:
            repository.commit_file("README", "shop\n", "Begin")
        return repository

    return made


@pytest.fixture
def shop(make) -> Project:
    return make()


@pytest.fixture
def clone(tmp_path) -> Callable[..., Project]:
    """Clone a repository, so that it has a remote `origin`."""

    def cloned(origin: Project, name: str = "clone", *options: str) -> Project:
        origin.git("clone", "--quiet", *options, str(origin.path), str(tmp_path / name))
        made = Project(tmp_path / name)
        made.identify()
        return made

    return cloned


@pytest.fixture
def tree() -> Callable[..., Project]:
    """Add a linked worktree the plain way, on a new branch."""

    def added(repository: Project, branch: str, *options: str) -> Project:
        path = repository.root / branch
        repository.git("worktree", "add", "--quiet", "--no-track", "-b", branch, str(path), *options)
        return Project(path)

    return added


@pytest.fixture
def work(shop, tree) -> Project:
    """A worktree `work` of a shop with files, which ignores data, `.env` and installed packages."""
    for name, text in (("a.txt", "one\n"), ("b.txt", "two\n"), ("code/deep/c.txt", "three\n")):
        shop.write(name, text)
    shop.commit("Add files")
    shop.exclude("/data/", ".env", "node_modules/")
    return tree(shop, "work")


@pytest.fixture
def at() -> type[Project]:
    """Stand in a directory."""
    return Project


@pytest.fixture
def before_git(tmp_path, monkeypatch) -> Callable[[str], None]:
    """Let a shell script see each git command first; what it does not answer goes to git itself."""

    def put(script: str) -> None:
        programs = tmp_path / "programs"
        programs.mkdir()
        program = programs / "git"
        program.write_text(f'#!/bin/sh\n{script}\nexec {shlex.quote(str(shutil.which("git")))} "$@"\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")

    return put
