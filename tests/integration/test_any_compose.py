"""Any compose project, unmodified: three worktrees beside main share nothing that they must not.

The projects are in `tests/fixtures/compose`, where a name's first `_` stands for the `.` of a hidden file.
With `WT_CORPUS` in the environment, every compose file in that directory is tried as well.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

FIXTURES = Path(__file__).parent.parent / "fixtures" / "compose"
CORPUS = Path(os.environ.get("WT_CORPUS") or os.devnull)
BRANCHES = ("feature/one", "two", "drei-größe")
# The services that plain `docker compose up` starts in a worktree.
STARTED = {
    "files-below": "api",
    "images": "also inline web worker",
    "included": "admin second web worker",
    "jobs": "migrate vite web",
    "local-file": "web",
    "nginx-front": "nginx web",
    "nothing-own": "",
    "outside": "other web",
    "override-ignored": "app",
    "override-tracked": "app",
    "pinned": "web worker",
    "pointing": "agent api migrate probe quiet web",
    "ports": "proxy web web2",
    "routers": "docs web",
    "secrets": "web",
    "several-files": "shell web",
    "subdirectory": "web",
    "three-env-files": "web",
    "tracked-env": "web",
}
# How a person calls Compose in main, where that is not just `docker compose` in its root.
IN_MAIN = {"local-file": ("-f", "docker-compose.local.yml"), "subdirectory": ("-f", "deploy/compose.yaml")}
# Where a person stands in a worktree, where that is not its root.
INSIDE = {"subdirectory": "deploy"}
# Main's own stack is found, or is the same, from its root only: nothing above a subdirectory leads to it.
FROM_ROOT_ONLY = {"files-below", "outside"}


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
    done = subprocess.run(
        ["docker", "compose", *words, "config", "--format", "json"],
        cwd=cwd,
        env={**os.environ, "PWD": str(cwd)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{cwd}: {done.stderr}"
    return json.loads(done.stdout)


def stack(path: Path, inside: str = ".", *words: str) -> Stack:
    cwd = path / inside
    return Stack(path, compose(cwd, *words), compose(cwd, *words, "--profile", "*"))


def git(path: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def contents(path: Path) -> dict[str, tuple[int, int, bytes]]:
    """Return every file of a checkout with its mode, time and bytes."""
    return {
        str(file.relative_to(path)): (file.stat().st_mode, file.stat().st_mtime_ns, file.read_bytes())
        for file in path.rglob("*")
        if file.is_file() and ".git" not in file.parts
    }


def laid_out(source: Path, main: Path) -> None:
    """Copy a fixture, with the names that its files have in a project."""
    for file in source.rglob("*"):
        if file.is_file():
            name = file.name.replace("_", ".", 1) if file.name.startswith("_") else file.name
            target = main / file.relative_to(source).with_name(name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)


def stubs(main: Path) -> None:
    """Make the files that a bare compose file mentions: what is built, secrets, configs and env files."""
    done = subprocess.run(
        ["docker", "compose", "config", "--no-interpolate", "--no-consistency", "--format", "json"],
        cwd=main,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    model = json.loads(done.stdout)
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


def commit(main: Path) -> None:
    git(main, "init", "--quiet", "--initial-branch=main")
    for key, value in (("user.name", "A"), ("user.email", "a@example.org")):
        git(main, "config", key, value)
    git(main, "add", "--all")
    git(main, "commit", "--quiet", "--message", "Begin")


def wt(main: Path, *words: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", "from worktree_tasks.interface.program import main; main()", *words, "--json"],
        cwd=main,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return json.loads(done.stdout)


def make_worktrees(main: Path) -> list[dict[str, Any]]:
    """Open all worktrees at once, without starting anything."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda branch: wt(main, "new", branch, "--no-start"), BRANCHES))


def check(main: Path, *, inside: str = ".", in_main: tuple[str, ...] = ()) -> list[Stack]:
    """Make three worktrees of a project and see that nothing is shared that must not be.

    Args:
        main: The main checkout.
        inside: Where a person stands in a worktree to call plain `docker compose`.
        in_main: What a person adds to it in main.
    """
    before = contents(main)
    assert git(main, "status", "--porcelain") == ""
    plan = wt(main, "plan", BRANCHES[0])
    assert contents(main) == before
    assert git(main, "worktree", "list").count("\n") == 1
    assert all(one["reason"] for one in plan["services"])
    trees = make_worktrees(main)
    assert contents(main) == before
    mains = stack(main, ".", *in_main)
    mine = [stack(Path(tree["path"]), inside) for tree in trees]
    for tree, one in zip(trees, mine, strict=True):
        assert git(one.path, "status", "--porcelain", "--untracked-files=all") == ""
        assert one.started["name"] == tree["compose_project"]
        apart(mains, one, plan)
        if main.name not in FROM_ROOT_ONLY:
            deep = one.path / inside / "some" / "directory"
            deep.mkdir(parents=True)
            assert compose(deep) == one.started
    assert git(main, "status", "--porcelain", "--untracked-files=all") == ""
    assert len({one.started["name"] for one in (mains, *mine)}) == len(mine) + 1
    for one, other in combinations((mains, *mine), 2):
        assert not one.ports() & other.ports(), f"{one.path} and {other.path} publish the same ports"
        assert not one.volumes() & other.volumes(), f"{one.path} and {other.path} have the same volumes"
        assert not images(one) & images(other), f"{one.path} and {other.path} build the same image"
    networks = [network["name"] for one in mine for network in one.whole.get("networks", {}).values()]
    assert len(set(networks)) == len(networks)
    return [mains, *mine]


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


@pytest.fixture(scope="module")
def tried(request) -> Iterator[list[str]]:
    """Count what was tried, and say it at the end."""
    names: list[str] = []
    yield names
    with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        sys.stderr.write(f"\n{len(names)} compose projects held with {len(BRANCHES)} worktrees each\n")


@pytest.mark.xdist_group("fixtures")
@pytest.mark.parametrize("name", sorted(path.name for path in FIXTURES.iterdir()))
def test_three_worktrees_of_a_project_share_nothing_they_must_not(name, tmp_path, monkeypatch, tried):
    main = tmp_path / name
    laid_out(FIXTURES / name, main)
    commit(main)
    # Compose reads it as ${PWD} in main; ours must not, since it may run anywhere.
    monkeypatch.setenv("PWD", str(main))
    stacks = check(main, inside=INSIDE.get(name, "."), in_main=IN_MAIN.get(name, ()))
    for mine in stacks[1:]:
        assert set(mine.started["services"]) == set(STARTED[name].split())
    again = [wt(main, "new", branch, "--no-start") for branch in BRANCHES[:1]]
    assert stack(Path(again[0]["path"]), INSIDE.get(name, ".")) == stacks[1]
    tried.append(name)


@pytest.mark.xdist_group("corpus")
@pytest.mark.parametrize("source", sorted(CORPUS.glob("*/*.y*ml")), ids=lambda path: path.parent.name)
def test_three_worktrees_of_a_strangers_project_share_nothing_they_must_not(source, tmp_path, tried):
    main = tmp_path / source.parent.name
    shutil.copytree(source.parent, main)
    stubs(main)
    commit(main)
    check(main)
    tried.append(source.parent.name)


@dataclass(frozen=True)
class Opened:
    """A fixture with one worktree."""

    main: Path
    path: Path
    tree: dict[str, Any]
    model: dict[str, Any]


@pytest.fixture
def opened(tmp_path):
    """Open a worktree of a fixture, not started."""

    def open_one(name: str) -> Opened:
        main = tmp_path / name
        laid_out(FIXTURES / name, main)
        commit(main)
        tree = wt(main, "new", "auth", "--no-start")
        path = Path(tree["path"])
        return Opened(main, path, tree, compose(path, "--profile", "*"))

    return open_one


def published(spec: dict[str, Any]) -> dict[tuple[int, str], list[str]]:
    found: dict[tuple[int, str], list[str]] = {}
    for port in spec["ports"]:
        text = f"{port['host_ip']}:{port.get('published', '')}"
        found.setdefault((port["target"], port["protocol"]), []).append(text)
    return found


def test_every_way_to_publish_a_port_gets_the_worktrees_number_on_loopback_or_its_own_address(opened):
    mine = opened("ports")
    slot = mine.tree["slot"]
    web = published(mine.model["services"]["web"])
    assert web[8000, "tcp"] == [f"127.0.0.1:{8000 + slot}"]
    assert [web[number, "tcp"] for number in (3000, 3001, 3002)] == [
        [f"127.0.0.1:{number + slot}"] for number in (3000, 3001, 3002)
    ]
    assert web[4000, "tcp"] == [f"127.0.0.1:{4005 + slot}"]
    assert web[5000, "udp"] == [f"127.0.0.1:{5000 + slot}", f"127.0.0.1:{5001 + slot}"]
    assert web[6001, "tcp"] == [f"127.0.0.1:{6001 + slot}", f"::1:{6001 + slot}"]
    assert web[6002, "tcp"] == [f"192.0.2.7:{6002 + slot}"]
    assert web[7000, "tcp"] == [f"127.0.0.1:{7000 + slot}", f"127.0.0.1:{7001 + slot}"]
    assert web[7070, "tcp"] == ["127.0.0.1:"]
    assert int(web[80, "tcp"][0].rpartition(":")[2]) > 8080
    debug = published(mine.model["services"]["debug"])
    assert debug[8000, "tcp"] == web[8000, "tcp"]


def test_the_variables_that_feed_ports_are_set_for_tools_on_the_host_too(opened):
    mine = opened("ports")
    slot = mine.tree["slot"]
    lines = (mine.path / ".env").read_text().splitlines()
    for line in (
        f"WEB_PORT={8000 + slot}",
        f"DASHBOARD=127.0.0.1:{9000 + slot}",
        f"FORWARD=127.0.0.1:{8100 + slot}",
        f"ADMIN_PORT={8200 + slot}",
    ):
        assert line in lines


def test_what_git_ignores_and_compose_names_is_copied_with_its_bytes(opened):
    mine = opened("secrets")
    for name in ("secrets/db-password.txt", "secrets/key.pem", "web/cert.pem"):
        assert (mine.path / name).read_bytes() == (mine.main / name).read_bytes()
    kept = opened("three-env-files")
    assert (kept.path / "config/mine.secret.env").read_bytes() == b"API_KEY='p$w'"
    slot = kept.tree["slot"]
    local = (kept.path / ".env.local").read_bytes()
    assert local == f'SITE_URL=http://localhost:{8000 + slot}\r\nTOKEN="a b$$c # d"\r\n'.encode()
    environment = kept.model["services"]["web"]["environment"]
    assert environment["DATABASE_URL"] == "postgres://u:p@db:5432/shop"
    # config/dev.env is tracked: the override carries the value.
    assert environment["VITE_API"] == f"http://localhost:{8000 + slot}/api"


def test_what_points_at_shared_services_leads_to_mains_containers_and_the_rest_stays_here(opened):
    services = opened("pointing").model["services"]
    assert services["migrate"]["network_mode"] == "container:pointing-db-1"
    assert services["probe"]["network_mode"] == services["probe"]["pid"] == "service:api"
    assert services["observer"]["network_mode"] == services["observer"]["ipc"] == "container:pointing-redis-1"
    assert services["web"]["links"] == ["api:backend"]
    assert services["web"]["volumes_from"] == ["container:pointing-store-1:ro", "api"]
    assert services["backup"]["volumes_from"] == ["container:pointing-db-1", "container:pointing-store-1:ro"]
    assert "links" not in services["backup"]
    assert set(services["web"]["depends_on"]) == {"api", "migrate"}
    assert services["web"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert set(services["observer"]["depends_on"]) == {"web"}
    assert services["agent"]["network_mode"] == services["agent"]["pid"] == "host"
    assert services["quiet"]["network_mode"] == "none"


def test_addresses_go_and_every_name_stays(opened):
    mine = opened("pointing")
    web = mine.model["services"]["web"]
    assert web["networks"]["default"] == {"aliases": ["web.internal"]}
    assert web["extra_hosts"] == ["host.docker.internal=host-gateway"]
    pinned = opened("pinned").model["services"]["web"]
    assert pinned["networks"]["default"] == {"aliases": ["pinned_web", "web.pinned.test", "www"]}
    assert mine.model["volumes"]["models"] == {"name": "models", "external": True}


def test_labels_of_routers_go_and_others_stay_as_they_are_written(opened):
    services = opened("routers").model["services"]
    assert services["web"]["labels"]["com.example.team"] == "$$hop"
    assert services["docs"]["labels"]["com.example.kept"] == "yes"


def test_services_with_one_tag_keep_one_and_it_is_the_worktrees(opened):
    services = opened("images").model["services"]
    assert (
        services["web"]["image"]
        == services["worker"]["image"]
        == services["beat"]["image"]
        == "images-auth-web"
    )
    assert services["also"]["image"] == "images-auth-also"
    assert "queries" not in services


def test_the_plan_says_what_is_otherwise_than_in_main_and_which_setting_decides(tmp_path):
    main = tmp_path / "pointing"
    laid_out(FIXTURES / "pointing", main)
    commit(main)
    notes = "\n".join(wt(main, "plan", "auth")["notes"])
    for words in (
        "agent uses the host's network",
        "wt.services.shared: agent",
        "web joins the external network company_net as web-auth",
        "web does not have the address 10.20.0.20",
        "web writes to the external volume models",
        "observer is not started: profile debug is not active",
    ):
        assert words in notes
