"""Three worktrees of one project, made and compared: what is shared that must not be."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .projects import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "BRANCHES",
    "FIXTURES",
    "Stack",
    "begun",
    "check",
    "compose",
    "copy_fixture",
    "laid_out",
    "stack",
    "stubs",
    "wt",
]

FIXTURES = Path(__file__).parent.parent / "fixtures" / "compose"
BRANCHES = ("feature/one", "two", "drei-größe")
_ROOT_ONLY = "uses the override only in"


@dataclass(frozen=True)
class Stack:
    """A checkout and what plain `docker compose` there says: what it starts, and everything it knows."""

    path: Path
    started: dict[str, Any]
    whole: dict[str, Any]

    def ports(self) -> set[tuple[int, str]]:
        """Return every port of the host that any of its services wants, with its protocol."""
        return {
            (number, port["protocol"])
            for spec in self.whole["services"].values()
            for port in spec.get("ports", ())
            if port.get("published", "0") != "0"
            for number in numbers(port["published"])
        }

    def volumes(self) -> set[str]:
        """Return the names of the volumes that are this project's own."""
        return {one["name"] for one in self.whole.get("volumes", {}).values() if not one.get("external")}

    def paths(self) -> Iterator[str]:
        """Yield every path of the host that its services read or build from."""
        for spec in self.whole["services"].values():
            yield from (one["source"] for one in spec.get("volumes", ()) if one["type"] == "bind")
            build = spec.get("build") or {}
            contexts = (build.get("context"), *(build.get("additional_contexts") or {}).values())
            yield from (path for path in contexts if path)
            yield from (one["path"] for one in (spec.get("develop") or {}).get("watch", ()))
        for kind in ("secrets", "configs"):
            yield from (one["file"] for one in self.whole.get(kind, {}).values() if "file" in one)
        for volume in self.whole.get("volumes", {}).values():
            device = (volume.get("driver_opts") or {}).get("device", "")
            if device.startswith("/"):
                yield device


def numbers(published: str) -> range:
    first, _, last = published.partition("-")
    return range(int(first), int(last or first) + 1)


def compose(cwd: Path, *words: str) -> dict[str, Any]:
    """Ask plain `docker compose` for its model, as a person in that directory would."""
    model = Project(cwd).compose(*words, "config", "--format", "json", env={"PWD": str(cwd)})
    return json.loads(model)


def begins_above() -> bool:
    """Return whether Compose looks for a file above the directory before it reads the .env there."""
    words = ["docker", "compose", "version", "--short"]
    told = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return tuple(map(int, re.findall(r"\d+", told)[:3])) < (2, 27, 1)


def stack(path: Path, inside: str = ".", *words: str) -> Stack:
    cwd = path / inside
    return Stack(path, compose(cwd, *words), compose(cwd, *words, "--profile", "*"))


def contents(path: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return every file of a checkout with its mode, time and bytes."""
    return {
        str(file.relative_to(path)): (file.stat().st_mode, file.stat().st_mtime_ns, file.read_bytes())
        for file in path.rglob("*")
        if file.is_file() and ".git" not in file.parts
    }


def laid_out(fixture: str, main: Path) -> Project:
    """Make a project of a fixture."""
    copy_fixture(fixture, main)
    return begun(main)


def copy_fixture(fixture: str, main: Path) -> None:
    """Copy the files of a fixture, with the names that they have in a project."""
    source = FIXTURES / fixture
    for file in source.rglob("*"):
        if file.is_file():
            name = file.name.replace("_", ".", 1) if file.name.startswith("_") else file.name
            target = main / file.relative_to(source).with_name(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)


def begun(main: Path) -> Project:
    """Make a directory a project, all that is in it committed."""
    project = Project(main)
    project.init()
    project.commit("Begin")
    return project


def stubs(main: Path) -> None:
    """Make the files that a bare compose file mentions: what is built, secrets, configs and env files."""
    words = ("config", "--no-interpolate", "--no-consistency", "--format", "json")
    model = json.loads(Project(main).compose(*words))
    wanted = [
        one["file"]
        for kind in ("secrets", "configs")
        for one in model.get(kind, {}).values()
        if "file" in one
    ]
    for spec in model["services"].values():
        wanted += [one["path"] for one in spec.get("env_file", ())]
        build = spec.get("build") or {}
        if build and "dockerfile_inline" not in build:
            wanted.append(str(Path(build["context"]) / build.get("dockerfile", "Dockerfile")))
    for name in wanted:
        (main / name).parent.mkdir(parents=True, exist_ok=True)
        (main / name).touch()


def wt(project: Project, *words: str, cwd: Path | None = None) -> dict[str, Any]:
    """Return the document of one of our tasks."""
    return project.program(*words, "--json", cwd=cwd, code=0).json


def make_worktrees(project: Project) -> list[dict[str, Any]]:
    """Open all worktrees at once, without starting anything."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda branch: wt(project, "new", branch, "--no-start"), BRANCHES))


def check(
    project: Project,
    *,
    inside: str = ".",
    in_main: tuple[str, ...] = (),
    from_below: bool = True,
    agreeing: bool = False,
) -> list[Stack]:
    """Make three worktrees of a project and see that nothing is shared that must not be.

    Args:
        project: The project.
        inside: Where a person stands in a worktree to call plain `docker compose`.
        in_main: What a person adds to it in main.
        from_below: Whether it finds the same stack from a directory below, as main's does.
        agreeing: Whether to see too that all who tell of ports agree.
    """
    main = project.path
    before = contents(main)
    assert project.git("status", "--porcelain") == ""
    plan = wt(project, "plan", BRANCHES[0])
    assert contents(main) == before
    assert len(project.git("worktree", "list").splitlines()) == 1
    assert all(one["reason"] for one in plan["services"])
    trees = make_worktrees(project)
    assert contents(main) == before
    mains = stack(main, ".", *in_main)
    mine = [stack(Path(tree["path"]), inside) for tree in trees]
    if agreeing:
        agree(project, plan, trees, mine)
    for tree, one in zip(trees, mine, strict=True):
        assert Project(one.path).git("status", "--porcelain", "--untracked-files=all") == ""
        assert one.started["name"] == tree["compose_project"]
        apart(mains, one, plan)
        if from_below and (begins_above() or not any(_ROOT_ONLY in line for line in plan["notes"])):
            deep = one.path / inside / "some" / "directory"
            deep.mkdir(parents=True)
            assert compose(deep) == one.started
    assert project.git("status", "--porcelain", "--untracked-files=all") == ""
    assert len({one.started["name"] for one in (mains, *mine)}) == len(mine) + 1
    for one, other in combinations((mains, *mine), 2):
        assert not one.ports() & other.ports(), f"{one.path} and {other.path} publish the same ports"
        assert not one.volumes() & other.volumes(), f"{one.path} and {other.path} have the same volumes"
        assert not images(one) & images(other), f"{one.path} and {other.path} build the same image"
    networks = [network["name"] for one in mine for network in one.whole.get("networks", {}).values()]
    assert len(set(networks)) == len(networks)
    return [mains, *mine]


def agree(project: Project, plan: dict[str, Any], trees: list[dict[str, Any]], mine: list[Stack]) -> None:
    """See that all who tell of ports tell the same: plan, `new`, list, and plain `docker compose`."""
    planned: dict[str, set[tuple[int, int]]] = {}
    for port in plan["ports"]:
        if port["published"] is not None:
            planned.setdefault(port["service"], set()).add((port["target"], port["published"]))
    (first,) = [tree for tree in trees if tree["slot"] == plan["slot"]]
    assert told(first) == planned
    listed = {tree["name"]: told(tree) for tree in wt(project, "list")["worktrees"]}
    assert listed == {tree["name"]: told(tree) for tree in trees}
    for tree, one in zip(trees, mine, strict=True):
        published = {
            name: {(port["target"], int(port["published"])) for port in ports}
            for name, spec in one.whole["services"].items()
            if (ports := [port for port in spec.get("ports", ()) if port.get("published", "0") != "0"])
        }
        assert published == told(tree)
    assert wt(project, "doctor")["findings"] == []


def told(tree: dict[str, Any]) -> dict[str, set[tuple[int, int]]]:
    """Return the published ports that a document tells, by service."""
    return {
        name: {(port["target"], port["published"]) for port in one["ports"]}
        for name, one in tree["services"].items()
        if one["ports"]
    }


def apart(mains: Stack, mine: Stack, plan: dict[str, Any]) -> None:
    """See that one worktree's stack is its own."""
    roles = {one["name"]: one["role"] for one in plan["services"]}
    assert set(mains.whole["services"]) == set(roles)
    assert {name for name in mine.whole["services"] if roles[name] == "shared"} == set()
    assert set(mine.whole["services"]) == {name for name, role in roles.items() if role == "own"}
    networks = mine.whole.get("networks", {})
    assert set(networks) <= {"default"}
    for network in networks.values():
        assert network["external"]
        assert network["name"] == plan["network"] or mine.path.name != plan["name"]
        assert network["name"] not in {one["name"] for one in mains.whole.get("networks", {}).values()}
    outside = {path for path in mains.paths() if not Path(path).is_relative_to(mains.path)}
    for path in mine.paths():
        assert Path(path).is_relative_to(mine.path) or path in outside, f"{path} is not the worktree's"
    built = images(mains)
    for name, spec in mine.whole["services"].items():
        assert "container_name" not in spec, name
        assert "hostname" not in spec, name
        assert spec.get("image") not in built, f"{name} runs what main built"
        assert not [label for label in spec["labels"] if label.startswith(("traefik", "caddy"))]
        assert spec["labels"]["worktree-tasks.worktree"] == mine.path.name
        if not spec.get("network_mode"):
            assert list(spec["networks"]) == ["default"]
            given = {mains.whole["services"][name].get(key) for key in ("container_name", "hostname")} - {
                None
            }
            assert given <= set((spec["networks"]["default"] or {}).get("aliases", ()))
        for port in spec.get("ports", ()):
            assert port.get("host_ip"), f"{name} publishes {port} on every address"


def images(one: Stack) -> set[str]:
    """Return the tags that building here writes."""
    name = one.whole["name"]
    return {
        spec.get("image") or f"{name}-{service}"
        for service, spec in one.whole["services"].items()
        if spec.get("build")
    }
