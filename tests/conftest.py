"""What all tests stand on: a home of nobody's, real git projects, and whether there is an engine."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from counts import pytest_runtest_call, pytest_terminal_summary

import worktree_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# Pytest takes these for its own when they are in this module.
__all__ = ["pytest_runtest_call", "pytest_terminal_summary"]

# A shell's background jobs ignore Ctrl-C, and with them all that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

PACKAGE = Path(worktree_tasks.__file__).parent
DOCKER_CONFIG = os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")
PROGRAM = str(Path(sys.executable).with_name("worktree-tasks"))
DEADLINE = 60.0
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
        # Who commits is the repository's own configuration, as nobody's home has none.
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


# Root may read everything, and files of its own are another matter: these powers make the difference.
_POWERS = "-dac_override,-dac_read_search,-fowner"


@pytest.fixture(scope="session")
def unprivileged() -> tuple[str, ...]:
    """What goes before a command line, so that the program may do no more than its user may."""
    if os.geteuid():
        return ()
    _needed("setpriv", "setpriv", "--version")
    return ("setpriv", f"--bounding-set={_POWERS}", f"--inh-caps={_POWERS}")


@pytest.fixture(scope="session")
def compose_program() -> None:
    """Docker Compose is installed; no engine is asked."""
    _needed("docker compose", "docker", "compose", "version")


@pytest.fixture(scope="session")
def engine_answers() -> None:
    """A Docker Engine answers."""
    _needed("Docker Engine", "docker", "version")


PROMPT = "READY> "
# The shells without anybody's configuration, and `report`, whose answer no echo of a command line looks like.
SHELLS = {
    "bash": (["--noprofile", "--norc", "-i"], "PS1='{prompt}'; report() {{ echo \"[[$?|$PWD]]\"; }}"),
    "zsh": (
        ["-f", "-i"],
        (
            "PS1='{prompt}'; unsetopt zle_bracketed_paste prompt_sp; autoload -Uz compinit; compinit -u -D;"
            ' report() {{ echo "[[$?|$PWD]]"; }}'
        ),
    ),
    "fish": (
        ["--no-config", "-i"],
        "function fish_prompt; echo -n '{prompt}'; end; function report; echo \"[[$status|$PWD]]\"; end",
    ),
}


class Shell:
    """A real shell at a pseudo-terminal, typed into."""

    def __init__(self, name: str, cwd: Path, env: Mapping[str, str], *, wide: int = 400) -> None:
        import pexpect  # noqa: PLC0415 - only these tests type

        arguments, begin = SHELLS[name]
        self.name = name
        self.terminal = pexpect.spawn(
            name,
            arguments,
            cwd=str(cwd),
            env={**env, "TERM": "dumb"},
            encoding="utf-8",
            timeout=DEADLINE,
            dimensions=(60, wide),
        )
        self.run(begin.format(prompt=PROMPT))

    def type(self, keys: str) -> None:
        """Press keys."""
        self.terminal.send(keys)

    def expect(self, pattern: str) -> str:
        """Wait for text on the screen, and return what came before it."""
        self.terminal.expect(pattern)
        return self.terminal.before

    def report(self) -> Screen:
        """Have the shell tell the exit code of what was typed before, and where it is."""
        self.terminal.expect(r"\[\[(\d+)\|([^\]\r\n]*)\]\]")
        said, code, at = self.terminal.before, self.terminal.match[1], self.terminal.match[2]
        self.terminal.expect_exact(PROMPT)
        return Screen(int(code), Path(at), said)

    def run(self, line: str) -> Screen:
        """Type a command, and wait until it has ended."""
        self.type(f"{line}; report\r")
        return self.report()

    def close(self) -> None:
        self.terminal.close(force=True)


@dataclass(frozen=True)
class Screen:
    """What a command left: its exit code, where the shell is then, and what was on the screen."""

    code: int
    at: Path
    said: str


@pytest.fixture
def open_shell() -> Iterator[Callable[..., Shell]]:
    """Open real shells that have our functions; all are closed at the end."""
    opened: list[Shell] = []

    def open_one(name: str, cwd: Path, *, env: Mapping[str, str] | None = None, prefix: str = "") -> Shell:
        _needed(name, name, "-c", "true")
        path = os.pathsep.join(filter(None, (str(PACKAGE.parent), os.environ.get("PYTHONPATH"))))
        programs = f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"
        shell = Shell(name, cwd, {**os.environ, "PYTHONPATH": path, "PATH": programs, **(env or {})})
        opened.append(shell)
        words = [PROGRAM, "shell-init", name, *(["--prefix", prefix] if prefix else [])]
        text = shlex.join(words)
        shell.run(f"{text} | source" if name == "fish" else f'eval "$({text})"')
        return shell

    yield open_one
    for shell in opened:
        shell.close()
