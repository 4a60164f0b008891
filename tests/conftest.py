"""What all tests stand on: a home of nobody's, real git projects, and whether there is an engine."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import worktree_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PACKAGE = Path(worktree_tasks.__file__).parent
DOCKER_CONFIG = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
COMPOSE = """\
services:
  web:
    build: .
    ports: ["${WEB_PORT:-8000}:8000"]
    depends_on: [db]
  db:
    image: postgres:16
"""


@dataclass(frozen=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str


class Project:
    """A compose project in a git repository, used as a person would."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = path.parent / f"{path.name}.worktrees"

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, name: str, text: str) -> Path:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def commit(self, message: str = "Change") -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def run(self, *argv: str, env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Done:
        """Run a program here, with the package under test importable."""
        path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
        done = subprocess.run(
            argv,
            cwd=cwd or self.path,
            env={**os.environ, "PYTHONPATH": path, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def python(self, code: str, **options: Any) -> Done:
        return self.run(sys.executable, "-c", code, **options)

    def inv(self, *words: str, **options: Any) -> Done:
        return self.run(sys.executable, "-m", "invoke", *words, **options)


@pytest.fixture(autouse=True)
def nobodys_home(monkeypatch, tmp_path_factory) -> Path:
    """No test reads or writes what is the user's: configuration, state, settings in the environment."""
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith(("GIT_", "COMPOSE_", "INVOKE_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    # Where Docker's contexts and plugins are; the client looks below HOME otherwise.
    monkeypatch.setenv("DOCKER_CONFIG", DOCKER_CONFIG)
    return home


@pytest.fixture
def make_project(tmp_path) -> Callable[..., Project]:
    """Make a project with one commit; `compose=None` leaves its compose file out."""

    def make(name: str = "shop", *, compose: str | None = COMPOSE, tasks: str | None = None) -> Project:
        path = tmp_path / name
        path.mkdir(parents=True)
        made = Project(path)
        made.git("init", "--quiet", "--initial-branch=main")
        # Ours reads no GIT_* variables, so that who commits is the repository's own configuration.
        for key, value in (("user.name", "A"), ("user.email", "a@example.org"), ("commit.gpgSign", "false")):
            made.git("config", key, value)
        made.write(".gitignore", ".env\n__pycache__/\n")
        made.write("Dockerfile", "FROM python:3.11-slim\n")
        made.write("tasks.py", tasks or "from worktree_tasks import ns\n")
        if compose is not None:
            made.write("compose.yaml", compose)
        made.commit("Begin")
        return made

    return make


@pytest.fixture
def project(make_project) -> Project:
    return make_project()


def _needed(what: str, *argv: str) -> None:
    """A laptop without it skips; a pipeline without it fails."""
    try:
        there = subprocess.run(argv, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        there = False
    if not there:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no {what}")


@pytest.fixture(scope="session")
def compose_program() -> None:
    """Docker Compose is installed; no engine is asked."""
    _needed("docker compose", "docker", "compose", "version")


@pytest.fixture(scope="session")
def engine_answers() -> None:
    """A Docker Engine answers."""
    _needed("Docker Engine", "docker", "version")
