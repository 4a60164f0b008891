"""A toy compose project on the real engine: its own compose project, ports and state, gone afterwards."""

from __future__ import annotations

import hashlib
import json
import os
import random
import secrets
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from dotenv import dotenv_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

TOY = Path(__file__).parent / "toy"
IMAGES = ("python:3.11-slim", "redis:7", "postgres:15")
DEADLINE = 60.0
# Every toy gets this many ports of its own, below those that Linux gives to clients.
PORTS = 64
FIRST_PORT, LAST_PORT = 20_000, 32_000


@dataclass(frozen=True)
class Done:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)


def execute(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: str = "") -> Done:
    done = subprocess.run(argv, cwd=cwd, env=env, input=stdin, capture_output=True, text=True, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def docker(*words: str, check: bool = True) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done.stdout.strip()


class PortBlock:
    """A run of free ports, claimed by a socket on the first: another test run takes another block."""

    def __init__(self) -> None:
        blocks = list(range(FIRST_PORT, LAST_PORT, PORTS))
        random.SystemRandom().shuffle(blocks)
        for start in blocks:
            self._claim = socket.socket()
            try:
                self._claim.bind(("0.0.0.0", start))  # noqa: S104 - what binds any address is told
            except OSError:
                self._claim.close()
                continue
            if all(_free(start + number) for number in range(1, PORTS)):
                self.start = start
                return
            self._claim.close()
        pytest.fail("no run of free ports on this machine")

    def close(self) -> None:
        self._claim.close()


def _free(port: int) -> bool:
    with socket.socket() as trial:
        try:
            trial.bind(("0.0.0.0", port))  # noqa: S104 - the same
        except OSError:
            return False
    return True


class Toy:
    """The project, used as a person would: `inv` and `docker compose` in its directories."""

    def __init__(self, folder: Path, ports: PortBlock, source: Path) -> None:
        checkout = hashlib.sha256(str(TOY).encode()).hexdigest()[:6]
        self.name = f"toy{checkout}{secrets.token_hex(3)}"
        self.folder = folder
        self.main = folder / self.name
        self.root = folder / f"{self.name}.worktrees"
        self.web, self.vite = ports.start + 1, ports.start + PORTS // 2
        self.branches = 0
        self.destroyed = False
        home = folder / "home"
        home.mkdir()
        # pytest-xdist tells its workers of a terminal, which would win over the one that a test has.
        leaking = ("GIT_", "COMPOSE_", "INVOKE_", "PYTEST_", "COLUMNS", "LINES")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(leaking)}
        self.env = {
            "DOCKER_CONFIG": str(Path.home() / ".docker"),
            **kept,
            "HOME": str(home),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "INVOKE_WT_WAIT": "60",
        }
        self._make(source)

    def _make(self, source: Path) -> None:
        """Lay the project out, with its name and its port where the source has `TOY_NAME` and `TOY_WEB`."""
        for file in (path for path in source.rglob("*") if path.is_file() and path.suffix != ".pyc"):
            target = self.main / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = file.read_text().replace("TOY_NAME", self.name).replace("TOY_WEB", str(self.web))
            target.write_text(text.replace("TOY_VITE", str(self.vite)))
        (self.main / "project_tasks.py").replace(self.main / "tasks.py")
        (self.main / ".gitignore").write_text(".env\n__pycache__/\n")
        if (example := self.main / "example.env").exists():
            example.replace(self.main / ".env").chmod(0o640)
        self.git("init", "--quiet", "--initial-branch=main")
        for key, value in (("user.name", "Toy"), ("user.email", "toy@example.invalid")):
            self.git("config", key, value)
        self.commit("The toy")

    def run(self, *argv: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Done:
        return execute(argv, cwd=cwd or self.main, env={**self.env, **(env or {})})

    def git(self, *words: str, cwd: Path | None = None) -> str:
        done = self.run("git", *words, cwd=cwd)
        assert done.code == 0, done.err
        return done.out.strip()

    def commit(self, message: str, *, cwd: Path | None = None) -> None:
        self.git("add", "--all", cwd=cwd)
        self.git("commit", "--quiet", "--message", message, cwd=cwd)

    def branch(self, name: str, changes: Mapping[str, str]) -> str:
        """Make a branch of main with one commit that changes files, away from all checkouts."""
        with_index = {"GIT_INDEX_FILE": str(self.folder / f"index-{secrets.token_hex(3)}")}

        def git(*words: str, stdin: str = "") -> str:
            done = execute(["git", *words], cwd=self.main, env={**self.env, **with_index}, stdin=stdin)
            assert done.code == 0, done.err
            return done.out.strip()

        git("read-tree", "main")
        for path, text in changes.items():
            blob = git("hash-object", "-w", "--stdin", stdin=text)
            git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
        commit = git("commit-tree", git("write-tree"), "-p", "main", "-m", f"Change {', '.join(changes)}")
        self.git("branch", name, commit)
        return name

    def fresh(self, stem: str = "work") -> str:
        """Return a branch name that no other test of this toy has."""
        self.branches += 1
        return f"{stem}-{self.branches:02}"

    @staticmethod
    def inv_argv(*words: str) -> list[str]:
        """Return the command line of `inv`, as this Python has it."""
        return [sys.executable, "-m", "invoke", *words]

    def wt(
        self,
        task: str,
        *words: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        code: int = 0,
    ) -> Done:
        """Run one of our tasks with `inv` and see it end with a code."""
        done = self.run(*self.inv_argv(f"wt.{task}", *words), cwd=cwd, env=env)
        assert done.code == code, f"wt.{task} ended with {done.code}\n{done.out}\n{done.err}"
        return done

    def inv(self, *words: str, code: int = 0, cwd: Path | None = None) -> Done:
        done = self.run(*self.inv_argv(*words), cwd=cwd)
        assert done.code == code, f"{words} ended with {done.code}\n{done.out}\n{done.err}"
        return done

    def start(self, task: str, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start one of our tasks in a process group of its own."""
        return subprocess.Popen(
            self.inv_argv(f"wt.{task}", *words),
            cwd=self.main,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def new(self, branch: str, *words: str, env: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self.wt("new", branch, "--json", *words, env=env).json

    def compose(self, *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
        done = self.run("docker", "compose", *words, cwd=cwd, env=env)
        assert done.code == 0, done.err
        return done.out

    def listed(self) -> dict[str, dict[str, Any]]:
        return {one["branch"]: one for one in self.wt("list", "--json").json["worktrees"]}

    def state_of(self, branch: str) -> str | None:
        return self.listed().get(branch, {}).get("state")

    def containers(self, project: str | None = None) -> dict[str, dict[str, Any]]:
        """Return what `docker inspect` tells of a compose project's containers, by service."""
        label = f"label=com.docker.compose.project={project or self.name}"
        ids = docker("ps", "--all", "--quiet", "--filter", label).split()
        found = json.loads(docker("inspect", *ids)) if ids else []
        assert len({one["Config"]["Labels"]["com.docker.compose.service"] for one in found}) == len(found)
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}

    def ours(self, branch: str = "") -> list[str]:
        """Return everything in Docker that bears a label of ours for this project, or a name of its stacks.

        With a branch, only what bears its name.
        """
        label = f"label=worktree-tasks.project={self.name}"
        found = sorted(
            {
                *(
                    f"container {n}"
                    for n in _lines("ps", "--all", "--filter", label, "--format", "{{.Names}}")
                ),
                *(
                    f"container {n}"
                    for n in _lines("ps", "--all", "--format", "{{.Names}}")
                    if n.startswith(f"{self.name}-") and n.split("-")[1] not in MAIN_SERVICES
                ),
                *(
                    f"network {n}"
                    for n in _lines("network", "ls", "--filter", label, "--format", "{{.Name}}")
                ),
                *(
                    f"network {n}"
                    for n in _lines("network", "ls", "--format", "{{.Name}}")
                    if self.name in n and n != f"{self.name}_default"
                ),
                *(f"volume {n}" for n in _lines("volume", "ls", "--filter", label, "--format", "{{.Name}}")),
                *(
                    f"volume {n}"
                    for n in _lines("volume", "ls", "--format", "{{.Name}}")
                    if n.startswith(f"{self.name}-")
                ),
                *(
                    f"image {n}"
                    for n in _lines("image", "ls", "--format", "{{.Repository}}")
                    if n.startswith(f"{self.name}-") and n.count("-") > 1
                ),
            }
        )
        return [one for one in found if branch in one]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Return what the state store holds in a table."""
        return self.rows_in(self.folder / "state", table)

    @staticmethod
    def rows_in(state: Path, table: str) -> list[dict[str, Any]]:
        """Return what the store in a state directory holds in a table."""
        with closing(sqlite3.connect(state / "worktree-tasks" / "state.sqlite3")) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(f"SELECT * FROM {table}")]  # noqa: S608 - a table's name

    @staticmethod
    def get(port: int, path: str = "/") -> Any:
        """Ask a service of a stack."""
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return json.load(answer)

    @staticmethod
    def docker(*words: str, check: bool = True) -> str:
        return docker(*words, check=check)

    @staticmethod
    def wait_for(what: Callable[[], Any], *, seconds: float = DEADLINE) -> Any:
        """Ask again until the answer is true, and return it."""
        deadline = time.monotonic() + seconds
        while not (answer := what()):
            assert time.monotonic() < deadline, f"not so after {seconds} s"
            time.sleep(0.05)
        return answer

    def identities(self, project: str | None = None) -> dict[str, tuple[str, str, str, int]]:
        """Return what changes when a container is made anew or started again, by service."""
        return {
            service: (one["Id"], one["Image"], one["State"]["StartedAt"], one["RestartCount"])
            for service, one in self.containers(project).items()
        }

    @staticmethod
    def files(folder: Path) -> dict[str, tuple[int, int, bytes]]:
        """Return every file of a checkout, git's excepted, with its mode, time and bytes."""
        return {
            str(path.relative_to(folder)): (
                stat.S_IMODE(path.lstat().st_mode),
                path.lstat().st_mtime_ns,
                path.read_bytes(),
            )
            for path in folder.rglob("*")
            if path.is_file() and not {".git", "__pycache__"} & set(path.parts)
        }

    @staticmethod
    def env_of(checkout: Path) -> dict[str, str]:
        """Return the values of a checkout's `.env`."""
        values = dotenv_values(checkout / ".env", interpolate=False)
        return {key: value or "" for key, value in values.items()}

    def drop_points(self) -> None:
        """Let go of all restore points."""
        shutil.rmtree(self.main / ".git" / "worktree-tasks" / "vault", ignore_errors=True)

    def destroy(self) -> None:
        """Take away all that this toy made in Docker, and nothing else."""
        self.destroyed = True
        projects = {self.name} | {
            one
            for one in _lines("ps", "--all", "--format", '{{.Label "com.docker.compose.project"}}')
            if one.startswith(f"{self.name}-")
        }
        for project in projects:
            label = f"label=com.docker.compose.project={project}"
            _each("rm", "--force", "--volumes", ids=_lines("ps", "--all", "--quiet", "--filter", label))
        label = f"label=worktree-tasks.project={self.name}"
        _each("rm", "--force", "--volumes", ids=_lines("ps", "--all", "--quiet", "--filter", label))
        networks = [n for n in _lines("network", "ls", "--format", "{{.Name}}") if self.name in n]
        _each("network", "rm", ids=networks)
        volumes = [n for n in _lines("volume", "ls", "--format", "{{.Name}}") if n.startswith(self.name)]
        _each("volume", "rm", "--force", ids=volumes)
        images = [
            n
            for n in _lines("image", "ls", "--format", "{{.Repository}}:{{.Tag}}")
            if n.startswith(self.name)
        ]
        _each("image", "rm", ids=images)


MAIN_SERVICES = ("db", "redis", "web", "vite", "worker")


def _lines(*words: str) -> list[str]:
    return [line for line in docker(*words).splitlines() if line]


def _each(*words: str, ids: Sequence[str]) -> None:
    if ids:
        docker(*words, *ids, check=False)


def _need_engine() -> None:
    """See that there is an engine with the images; without one, a laptop skips and a pipeline fails."""
    answers = subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0
    missing = [
        name
        for name in IMAGES
        if answers
        and subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False).returncode
    ]
    if answers and not missing:
        return
    what = f"images missing: {', '.join(missing)}; run ci/images" if answers else "no Docker Engine answers"
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def make_toy(tmp_path_factory) -> Iterator[Callable[..., Toy]]:
    """Make toys whose main is not running; all of them are destroyed at the end, whatever happens."""
    _need_engine()
    made: list[tuple[Toy, PortBlock]] = []

    def make(source: Path = TOY) -> Toy:
        ports = PortBlock()
        made.append((Toy(tmp_path_factory.mktemp("tøy box"), ports, source), ports))
        return made[-1][0]

    yield make
    for toy, ports in made:
        if not toy.destroyed:
            toy.destroy()
        ports.close()


@pytest.fixture(scope="module")
def toy(make_toy) -> Iterator[Toy]:
    """One toy for the tests of a module, with main running; each test has branches of its own."""
    made = make_toy()
    made.compose("up", "--detach", "--wait", "--quiet-pull")
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def quiet_toy(make_toy) -> Iterator[Toy]:
    """One toy for the tests of a module, of which only the shared services run."""
    made = make_toy()
    made.compose("up", "--detach", "--wait", "--quiet-pull", "db", "redis")
    yield made
    made.destroy()


@pytest.fixture(scope="module")
def lonely(make_toy) -> Iterator[Toy]:
    """One toy for the tests of a module, without shared services; nothing of it runs."""
    made = make_toy(Path(__file__).parent / "lonely")
    yield made
    made.destroy()
