"""What all tests stand on: a home of nobody's, real git projects, and whether there is an engine."""

from __future__ import annotations

import os
import shlex
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from harness.counts import pytest_runtest_call, pytest_terminal_summary
from harness.programs import PROGRAM, environment, needed
from harness.projects import COMPOSE, Project
from harness.shells import Shell

from worktree_tasks.interface import command_spelling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# Pytest takes these for its own when they are in this module.
__all__ = ["pytest_runtest_call", "pytest_terminal_summary"]

# Background jobs of a shell ignore Ctrl-C, what nohup runs a closed terminal; so does all that they start.
for _number, _usual in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)

DOCKER_CONFIG = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker is left alone with it at the end."""
    items.sort(key=lambda item: "integration" not in item.path.parts)


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
    # What one test typed a task in is nothing to the next.
    monkeypatch.setattr(command_spelling, "_spoken", command_spelling.Dialect(inv="inv"))
    return home


@pytest.fixture
def make_project(tmp_path) -> Callable[..., Project]:
    """Make a project with one commit; `compose=None` leaves its compose file out."""

    def make(name: str = "shop", *, compose: str | None = COMPOSE, tasks: str | None = None) -> Project:
        made = Project(tmp_path / name)
        made.init()
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


# Root may read everything, and files of its own are another matter: these powers make the difference.
_POWERS = "-dac_override,-dac_read_search,-fowner"


@pytest.fixture(scope="session")
def unprivileged() -> tuple[str, ...]:
    """What goes before a command line, so that the program may do no more than its user may."""
    if os.geteuid():
        return ()
    needed("setpriv", "setpriv", "--version")
    return ("setpriv", f"--bounding-set={_POWERS}", f"--inh-caps={_POWERS}")


@pytest.fixture(scope="session")
def compose_program() -> None:
    """Docker Compose is installed; no engine is asked."""
    needed("docker compose", "docker", "compose", "version")


@pytest.fixture(scope="session")
def engine_answers() -> None:
    """A Docker Engine answers."""
    needed("Docker Engine", "docker", "version")


@pytest.fixture
def open_shell() -> Iterator[Callable[..., Shell]]:
    """Open real shells that have our functions; all are closed at the end."""
    opened: list[Shell] = []

    def open_one(name: str, cwd: Path, *, env: Mapping[str, str] | None = None, prefix: str = "") -> Shell:
        needed(name, name, "-c", "true")
        shell = Shell(name, cwd, {**environment(), **(env or {})})
        opened.append(shell)
        words = [PROGRAM, "shell-init", name, *(["--prefix", prefix] if prefix else [])]
        text = shlex.join(words)
        shell.run(f"{text} | source" if name == "fish" else f'eval "$({text})"')
        return shell

    yield open_one
    for shell in opened:
        shell.close()
