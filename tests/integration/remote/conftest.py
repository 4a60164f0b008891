"""Two other machines for the tests of a module, and a project on this one that is at home there."""

from __future__ import annotations

import os
import secrets
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from harness.boxes import Box, know_boxes
from harness.programs import docker, environment, needed
from harness.projects import Project
from harness.toys import PROJECTS, PortBlock

from worktree_tasks.configuration.hosts import Host
from worktree_tasks.orchestration.hosts.ssh_connection import Line

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

# The extra `remote` asks for Invoke 2: ci/versions has both, and runs these.
collect_ignore_glob = [] if find_spec("fabric") else ["test_*.py"]

IMAGES = ("python:3.11-slim", "redis:7")


def _box() -> Iterator[Box]:
    needed("root, who makes namespaces", "sh", "-c", f"test {os.geteuid()} = 0")
    needed("Docker Engine", "docker", "version")
    for name in IMAGES:
        needed(f"image {name}: run ci/images", "docker", "image", "inspect", name)
    made = Box(*IMAGES)
    try:
        yield made
    finally:
        made.remove()


@pytest.fixture(scope="module")
def box() -> Iterator[Box]:
    """Another machine; a test that ends it brings it back."""
    yield from _box()


@pytest.fixture(scope="module")
def other_box() -> Iterator[Box]:
    """One more."""
    yield from _box()


class Laptop(Project):
    """A project on this machine, whose user has other machines in `~/.ssh`.

    Its directory has its name unless another is given, so that laptops that share a machine have the usual
    places there.

    Attributes:
        home: The user's home.
        name: Main's compose project.
        web: The port of main's service `web`.
        boxes: The machines that it knows.
    """

    def __init__(self, folder: Path, web: int, *boxes: Box, directory: str = "") -> None:
        self.home = folder / "home"
        self.name = f"boxed{secrets.token_hex(3)}"
        self.web = web
        self.boxes = list(boxes)
        leaking = ("GIT_", "COMPOSE_", "INVOKE_", "PYTEST_", "COLUMNS", "LINES", "SSH_", "XDG_")
        kept = {key: value for key, value in environment().items() if not key.startswith(leaking)}
        known = know_boxes(self.home, *boxes)
        # Ours stay in front of this machine's programs.
        known["PATH"] = f"{known['PATH'].partition(':')[0]}:{kept['PATH']}"
        programs = {"DOCKER_CONFIG": os.environ.get("DOCKER_CONFIG") or str(Path.home() / ".docker")}
        env = {**programs, **kept, **known, "INVOKE_WT_WAIT": "60"}
        super().__init__(folder / (directory or self.name), env)
        self._make()

    def _make(self) -> None:
        self.init()
        for file in (PROJECTS / "boxed").iterdir():
            if file.is_file():
                text = file.read_text().replace("TOY_WEB", str(self.web)).replace("TOY_NAME", self.name)
                self.write(file.name, text)
        (self.path / "project_tasks.py").replace(self.path / "tasks.py")
        (self.path / "example.gitignore").replace(self.path / ".gitignore")
        (self.path / "example.env").replace(self.path / ".env").chmod(0o640)
        self.commit("The shop")

    def main_there(self, box: Box) -> Path:
        """Return the main checkout on a box where no other project of this name was before."""
        return box.home / "worktree-tasks" / self.path.name

    def worktree_there(self, box: Box, name: str) -> Path:
        """Return a worktree on such a box."""
        return self.main_there(box).with_name(f"{self.path.name}.worktrees") / name

    def listed_there(self) -> dict[str, dict[str, Any]]:
        """Return the worktrees on other machines, by name."""
        trees = self.wt("list", "--json").json["worktrees"]
        return {one["name"]: one for one in trees if one["on"]}

    def start_inv(self, *words: str) -> subprocess.Popen[str]:
        """Start a task, and do not wait for it."""
        return self.begin(*self.inv_argv(*words))

    def close(self) -> None:
        """End what still runs or is open to other machines; take away what is in this one's engine."""
        self.end_begun()
        state = self.home / ".local" / "state" / "worktree-tasks"
        for box in self.boxes:
            line = Line(Host(box.name, box.name), state)
            line.close()
            if state not in line.socket.parents:
                shutil.rmtree(line.socket.parent)
        label = f"label=com.docker.compose.project={self.name}"
        if left := docker("ps", "--all", "--quiet", "--filter", label).split():
            docker("rm", "--force", "--volumes", *left)


@pytest.fixture(scope="module")
def make_laptop(tmp_path_factory) -> Iterator[Callable[..., Laptop]]:
    """Make projects on laptops that know some boxes, each with ports of its own."""
    made: list[tuple[Laptop, PortBlock]] = []

    def make(*boxes: Box, directory: str = "") -> Laptop:
        ports = PortBlock()
        folder = tmp_path_factory.mktemp("laptop")
        made.append((Laptop(folder, ports.start + 1, *boxes, directory=directory), ports))
        return made[-1][0]

    yield make
    for laptop, ports in made:
        laptop.close()
        ports.close()


@pytest.fixture(scope="module")
def laptop(make_laptop, box) -> Laptop:
    """A project that is set up on the box; each test has branches of its own."""
    made = make_laptop(box)
    made.wt("host-init", box.name, "--yes")
    return made
