"""Real git repositories in a temporary directory, under nobody's configuration."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from worktree_tasks.repository import find_repository

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from worktree_tasks.repository import Repository


class Checkout:
    """A checkout to work in as a person would."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(self, *arguments: str, fails: bool = False) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.path, capture_output=True, text=True, check=False)
        assert (done.returncode != 0) is fails, done.stderr
        return done.stdout.strip()

    def write(self, name: str, text: str) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def commit(self, name: str, text: str, message: str = "") -> str:
        self.write(name, text)
        self.git("add", "--", name)
        self.git("commit", "--quiet", "-m", message or f"Change {name}")
        return self.head

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    @property
    def repo(self) -> Repository:
        return find_repository(self.path)


@pytest.fixture(autouse=True)
def nobody(monkeypatch, tmp_path):
    """Git reads no configuration but the repository's own, neither by variables nor from a home."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)


@pytest.fixture
def make(tmp_path) -> Callable[..., Checkout]:
    """Make a repository with a branch `main`, by default with one commit."""

    def made(name: str = "shop", *options: str, commits: bool = True) -> Checkout:
        path = tmp_path / name
        path.mkdir(parents=True)
        checkout = Checkout(path)
        checkout.git("init", "--quiet", "--initial-branch=main", *options)
        configure(checkout)
        if commits:
            checkout.commit("README", "shop\n", "Begin")
        return checkout

    return made


def configure(checkout: Checkout) -> Checkout:
    for key, value in (("user.name", "A"), ("user.email", "a@example.org"), ("commit.gpgSign", "false")):
        checkout.git("config", key, value)
    return checkout


@pytest.fixture
def shop(make) -> Checkout:
    return make()


@pytest.fixture
def clone(tmp_path) -> Callable[..., Checkout]:
    """Clone a repository, so that it has a remote `origin`."""

    def cloned(origin: Checkout, name: str = "clone", *options: str) -> Checkout:
        origin.git("clone", "--quiet", *options, str(origin.path), str(tmp_path / name))
        return configure(Checkout(tmp_path / name))

    return cloned


@pytest.fixture
def tree(tmp_path) -> Callable[..., Checkout]:
    """Add a linked worktree the plain way, on a new branch."""

    def added(checkout: Checkout, branch: str, *options: str) -> Checkout:
        path = tmp_path / f"{checkout.path.name}.worktrees" / branch
        checkout.git("worktree", "add", "--quiet", "--no-track", "-b", branch, str(path), *options)
        return Checkout(path)

    return added


@pytest.fixture
def at() -> type[Checkout]:
    """Stand in a directory."""
    return Checkout
