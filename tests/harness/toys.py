"""A toy compose project on the real engine: its own compose project, ports and state, gone afterwards."""

from __future__ import annotations

import hashlib
import json
import random
import secrets
import shutil
import socket
import stat
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from dotenv import dotenv_values

from .programs import docker, environment, wait_for
from .projects import Project

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence

__all__ = ["PROJECTS", "PortBlock", "Toy"]

PROJECTS = Path(__file__).parent.parent / "fixtures" / "projects"
# Every toy gets this many ports of its own, below those that Linux gives to clients.
PORTS = 64
FIRST_PORT, LAST_PORT = 20_000, 32_000
MAIN_SERVICES = ("db", "redis", "web", "vite", "worker")


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


class Toy(Project):
    """The project with its stacks, in an environment of its own; its tasks have ours as `wt`.

    Attributes:
        name: Its compose project.
        folder: Where all of it is, with a home and our state.
        web: Main's port of `web`; `vite` that of `vite`; `third` and `fourth` are others that it may have.
    """

    def __init__(self, folder: Path, ports: PortBlock, source: Path) -> None:
        checkout = hashlib.sha256(str(PROJECTS).encode()).hexdigest()[:6]
        self.name = f"toy{checkout}{secrets.token_hex(3)}"
        self.folder = folder
        self.web, self.vite = ports.start + 1, ports.start + PORTS // 2
        self.third, self.fourth = self.vite + PORTS // 8, self.vite + PORTS // 4
        self.branches = 0
        self.destroyed = False
        home = folder / "home"
        home.mkdir()
        # pytest-xdist tells its workers of a terminal, which would win over the one that a test has.
        leaking = ("GIT_", "COMPOSE_", "INVOKE_", "PYTEST_", "COLUMNS", "LINES")
        kept = {key: value for key, value in environment().items() if not key.startswith(leaking)}
        env = {
            "DOCKER_CONFIG": str(Path.home() / ".docker"),
            **kept,
            "HOME": str(home),
            "XDG_STATE_HOME": str(folder / "state"),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "INVOKE_WT_WAIT": "60",
        }
        super().__init__(folder / self.name, env)
        self._make(source)

    @property
    def main(self) -> Path:
        """The main checkout, as opposed to the worktrees."""
        return self.path

    def _make(self, source: Path) -> None:
        """Lay the project out, with its name and its ports where the source has `TOY_NAME` and `TOY_WEB`."""
        names = ("NAME", "WEB", "VITE", "THIRD", "FOURTH")
        for file in (path for path in source.rglob("*") if path.is_file() and path.suffix != ".pyc"):
            target = self.main / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = file.read_text()
            for name in names:
                text = text.replace(f"TOY_{name}", str(getattr(self, name.lower())))
            target.write_text(text)
        (self.main / "project_tasks.py").replace(self.main / "tasks.py")
        more = self.main / "example.gitignore"
        (self.main / ".gitignore").write_text(
            f".env\n__pycache__/\n{more.read_text() if more.exists() else ''}"
        )
        more.unlink(missing_ok=True)
        if (example := self.main / "example.env").exists():
            example.replace(self.main / ".env").chmod(0o640)
        self.init()
        self.commit("The toy")

    def branch(self, name: str, changes: Mapping[str, str]) -> str:
        """Make a branch of main with one commit that changes files, away from all checkouts."""
        index = {"GIT_INDEX_FILE": str(self.folder / f"index-{secrets.token_hex(3)}")}

        def git(*words: str, stdin: str = "") -> str:
            return self.run("git", *words, env=index, stdin=stdin, code=0).out.strip()

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

    def start(self, task: str, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start one of our tasks in a process group of its own."""
        return self.begin(*self.inv_argv(f"wt.{task}", *words), env=env)

    def new(self, branch: str, *words: str, env: Mapping[str, str] | None = None) -> dict[str, Any]:
        return self.wt("new", branch, "--json", *words, env=env).json

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
                *(f"image {n}" for n in self.replaced_builds()),
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

    @staticmethod
    def get(port: int, path: str = "/") -> Any:
        """Ask a service of a stack."""
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
            return json.load(answer)

    docker = staticmethod(docker)
    wait_for = staticmethod(wait_for)

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
        """End what this toy still runs, and take away all that it made in Docker, and nothing else."""
        self.destroyed = True
        self.end_begun()
        projects = {self.name} | {
            one
            for one in _lines("ps", "--all", "--format", '{{.Label "com.docker.compose.project"}}')
            if one.startswith(self.name)
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
        _each("image", "rm", ids=self.replaced_builds())

    def replaced_builds(self) -> list[str]:
        """Return the images without a name that were built for this toy's worktrees."""
        label = f"label=worktree-tasks.project={self.name}"
        return _lines("image", "ls", "--quiet", "--filter", "dangling=true", "--filter", label)


def _lines(*words: str) -> list[str]:
    return [line for line in docker(*words).splitlines() if line]


def _each(*words: str, ids: Sequence[str]) -> None:
    if ids:
        docker(*words, *ids, check=False)
