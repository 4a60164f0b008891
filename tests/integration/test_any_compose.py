"""Any compose project, unmodified: three worktrees beside main share nothing that they must not.

The projects are in `tests/fixtures/compose`, where a name's first `_` stands for the `.` of a hidden file.
With `WT_CORPUS` in the environment, every compose file in that directory is tried as well.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from harness.three_worktrees import BRANCHES, FIXTURES, begun, check, compose, laid_out, stack, stubs, wt

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

CORPUS = Path(os.environ.get("WT_CORPUS") or os.devnull)
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
    "pointing": "agent api db migrate probe quiet web",
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
    project = laid_out(name, tmp_path / name)
    # Compose reads it as ${PWD} in main; ours must not, since it may run anywhere.
    monkeypatch.setenv("PWD", str(project.path))
    stacks = check(
        project,
        inside=INSIDE.get(name, "."),
        in_main=IN_MAIN.get(name, ()),
        from_below=name not in FROM_ROOT_ONLY,
    )
    for mine in stacks[1:]:
        assert set(mine.started["services"]) == set(STARTED[name].split())
    again = [wt(project, "new", branch, "--no-start") for branch in BRANCHES[:1]]
    assert stack(Path(again[0]["path"]), INSIDE.get(name, ".")) == stacks[1]
    tried.append(name)


@pytest.mark.xdist_group("corpus")
@pytest.mark.parametrize("source", sorted(CORPUS.glob("*/*.y*ml")), ids=lambda path: path.parent.name)
def test_three_worktrees_of_a_strangers_project_share_nothing_they_must_not(source, tmp_path, tried):
    main = tmp_path / source.parent.name
    shutil.copytree(source.parent, main)
    stubs(main)
    check(begun(main))
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
        project = laid_out(name, tmp_path / name)
        tree = wt(project, "new", "auth", "--no-start")
        path = Path(tree["path"])
        return Opened(project.path, path, tree, compose(path, "--profile", "*"))

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
    # What joins a server's network has it to itself, and the server is empty.
    assert services["migrate"]["network_mode"] == "service:db"
    assert services["probe"]["network_mode"] == services["probe"]["pid"] == "service:api"
    assert services["observer"]["network_mode"] == services["observer"]["ipc"] == "container:pointing-redis-1"
    assert services["web"]["links"] == ["db:database", "api:backend"]
    assert services["web"]["volumes_from"] == ["container:pointing-store-1:ro", "api"]
    assert services["backup"]["volumes_from"] == ["db", "container:pointing-store-1:ro"]
    assert services["backup"]["links"] == ["db"]
    assert set(services["web"]["depends_on"]) == {"api", "db", "migrate"}
    assert services["web"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert set(services["observer"]["depends_on"]) == {"db", "web"}
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
    project = laid_out("pointing", tmp_path / "pointing")
    notes = "\n".join(wt(project, "plan", "auth")["notes"])
    for words in (
        "agent uses the host's network",
        "wt.services.shared: agent",
        "web joins the external network company_net as web-auth",
        "web does not have the address 10.20.0.20",
        "web writes to the external volume models",
        "observer is not started: profile debug is not active",
    ):
        assert words in notes
