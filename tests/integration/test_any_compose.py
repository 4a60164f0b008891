"""Any compose project, unmodified: three worktrees of each, and what must never be shared is not.

The projects are written for this test. WT_CORPUS names a directory of further ones, NAME/compose.yaml each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("engine_answers")]

CORPUS = os.environ.get("WT_CORPUS", "")
FOREIGN = sorted(path.parent for path in Path(CORPUS).glob("*/compose.yaml")) if CORPUS else []
DB = "  db: {image: 'postgres:15', ports: ['5432:5432'], volumes: ['data:/var/lib/postgresql/data']}\n"
WEB = "  web:\n    build: .\n    volumes: ['.:/app']\n    depends_on: [db]\n"

# name -> path -> text; `.env` and what `.gitignore` names are left out of the commit.
PROJECTS: dict[str, dict[str, str]] = {
    "plain": {"compose.yaml": f"services:\n{DB}{WEB}    ports: ['8000:8000']\nvolumes: {{data: {{}}}}\n"},
    "legacy-names": {
        "docker-compose.yml": f"version: '3'\nservices:\n{DB}{WEB}    ports: ['8000:8000']\nvolumes: {{data: {{}}}}\n",
        "docker-compose.override.yml": "services: {web: {environment: {DEBUG: '1'}}}\n",
    },
    "ignored-override": {
        "compose.yaml": f"services:\n{DB}{WEB}    ports: ['8000:8000']\nvolumes: {{data: {{}}}}\n",
        "compose.override.yaml": "services: {web: {environment: {DEBUG: '1'}}}\n",
        ".gitignore": ".env\ncompose.override.yaml\n",
        ".env": "A=1\n",
    },
    "files-in-env": {
        "base.yml": f"services:\n{DB}{WEB}    ports: ['${{PORT:-8000}}:8000']\nvolumes: {{data: {{}}}}\n",
        "more.yml": "services: {extra: {build: ., ports: ['9000:9000']}}\n",
        ".env": "export COMPOSE_FILE=base.yml:more.yml\nCOMPOSE_PROJECT_NAME=chosen\nPORT=8800\n",
    },
    "profiles": {
        "compose.yaml": (
            f"services:\n{DB}{WEB}    ports: ['8000:8000']\n"
            "  job: {build: ., profiles: [job], network_mode: 'service:db', depends_on: [db]}\n"
            "  tools: {build: ., profiles: [tools], volumes_from: [db], links: ['db:database']}\n"
            "volumes: {data: {}}\n"
        ),
        ".env": "COMPOSE_PROFILES=tools\n",
    },
    "pinned": {
        "compose.yaml": (
            "name: pinned\nservices:\n"
            "  db: {image: 'postgres:15', container_name: the_db}\n"
            "  web: {build: ., image: 'app:dev', container_name: the_web, hostname: webhost,"
            " ports: ['8000:8000', '8000:8001', '127.0.0.1:9000-9002:9000-9002', '5000:5000/udp', '6000', '80:80'],"
            " volumes: ['cache:/cache', 'outside:/out', '.:/app']}\n"
            "volumes: {cache: {name: pinned_cache}, outside: {external: true}}\n"
        ),
    },
    "long-ports": {
        "compose.yaml": (
            f"services:\n{DB}{WEB}    ports:\n"
            "      - {target: 8000, published: '8000', protocol: tcp, host_ip: 127.0.0.1}\n"
            "      - {target: 8001, published: '8100-8110'}\n"
            "      - '${FORWARD:-127.0.0.1:8200}:8200'\n"
            "volumes: {data: {}}\n"
        ),
    },
    "include-and-extends": {
        "compose.yaml": (
            "include: [infra/compose.yaml]\n"
            "x-app: &app {build: ., volumes: ['.:/app']}\n"
            "services:\n  web: {<<: *app, ports: ['8000:8000'], depends_on: [db]}\n"
            "  admin: {extends: {file: common.yaml, service: base}, ports: ['8010:8000']}\n"
        ),
        "common.yaml": "services: {base: {build: ., container_name: fixed_name, volumes: ['./src:/src']}}\n",
        "infra/compose.yaml": "services: {db: {image: 'postgres:15'}, worker: {build: .., depends_on: [db]}}\n",
        "src/keep": "",
    },
    "networks": {
        "compose.yaml": (
            "services:\n"
            "  proxy: {image: 'nginx:stable', ports: ['80:80'], networks: [front, edge],"
            " volumes: ['./nginx.conf:/etc/nginx/conf.d/default.conf:ro'],"
            " labels: ['traefik.enable=true', 'traefik.http.routers.x.rule=Host(`x`)', 'keep=me']}\n"
            "  web: {build: ., networks: {front: {aliases: [backend]}, back: {ipv4_address: 10.90.0.9}},"
            " extra_hosts: ['a:127.0.0.1'], depends_on: {db: {condition: service_started, required: false}}}\n"
            "  db: {image: 'postgres:15', networks: [back]}\n"
            "networks: {front: {}, back: {ipam: {config: [{subnet: 10.90.0.0/24}]}}, edge: {external: true}}\n"
        ),
        "nginx.conf": "",
    },
    "secrets": {
        "compose.yaml": (
            f"services:\n{DB}{WEB}    secrets: [token]\n    configs: [settings]\n    ports: ['8000:8000']\n"
            "    env_file: [.env, {path: local.env, required: false}]\n"
            "    develop: {watch: [{path: ./src, action: sync, target: /app/src}]}\n"
            "volumes: {data: {}}\nsecrets: {token: {file: secrets/token}}\nconfigs: {settings: {file: settings.ini}}\n"
        ),
        "secrets/token": "x",
        "settings.ini": "y",
        "local.env": "URL=http://localhost:8000\n",
        ".env": "SITE=http://localhost:8000\n",
        ".gitignore": ".env\nsecrets/\nlocal.env\n",
        "src/keep": "",
    },
    "tracked-env": {
        "compose.yaml": f"services:\n{DB}{WEB}    env_file: [app.env]\n    ports: ['8000:8000']\nvolumes: {{data: {{}}}}\n",
        "app.env": "SITE=http://localhost:8000\n",
    },
    "host-network": {
        "compose.yaml": "services:\n  web: {build: ., network_mode: host}\n  db: {image: 'redis:7'}\n"
    },
    "nothing-own": {"compose.yaml": "services:\n  db: {image: 'postgres:15', ports: ['5432:5432']}\n"},
}


class Case:
    """One project with three worktrees whose stacks are not started."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.main = folder / name
        self.main.mkdir(parents=True)
        self.trees: list[Path] = []

    def sh(self, *words: str, cwd: Path | None = None) -> str:
        done = subprocess.run(words, cwd=cwd or self.main, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(words[:4])}: {done.stderr}"
        return done.stdout

    def commit(self) -> None:
        self.sh("git", "init", "--quiet", "--initial-branch=main")
        self.sh("git", "add", "--all")
        identity = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        self.sh("git", *identity, "commit", "--quiet", "--message", "Begin")

    def model(self, checkout: Path) -> dict:
        """Return what plain `docker compose config` says in a checkout."""
        return json.loads(self.sh("docker", "compose", "config", "--format", "json", cwd=checkout))

    def open(self) -> None:
        before = self.contents()
        for number in range(3):
            out = self.sh(sys.executable, "-m", "worktree_tasks", "new", f"b{number}", "--no-start", "--json")
            self.trees.append(Path(json.loads(out)["path"]))
        assert self.contents() == before

    def contents(self) -> dict[str, bytes]:
        files = [path for path in self.main.rglob("*") if path.is_file() and ".git" not in path.parts]
        return {str(path): path.read_bytes() for path in files}


def own_project(name: str, folder: Path) -> Case:
    case = Case(name, folder)
    for path, text in {
        ".gitignore": ".env\n",
        "Dockerfile": "FROM python:3.11-slim\n",
        **PROJECTS[name],
    }.items():
        file = case.main / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    case.commit()
    return case


def foreign_project(source: Path, folder: Path) -> Case:
    """Make a project of a compose file alone, with stubs of the files that it names."""
    case = Case(source.name, folder)
    (case.main / "compose.yaml").write_bytes((source / "compose.yaml").read_bytes())
    model = case.model(case.main)
    for spec in model["services"].values():
        if build := spec.get("build"):
            Path(build["context"]).mkdir(parents=True, exist_ok=True)
            (Path(build["context"]) / build.get("dockerfile", "Dockerfile")).write_text(
                "FROM python:3.11-slim AS builder\nFROM builder AS development\n"
            )
    for kind in ("secrets", "configs"):
        for spec in (model.get(kind) or {}).values():
            Path(spec["file"]).parent.mkdir(parents=True, exist_ok=True)
            Path(spec["file"]).write_text("stub")
    case.commit()
    return case


def published(model: dict) -> set[tuple[str, str]]:
    found = set()
    for spec in model["services"].values():
        for port in spec.get("ports") or ():
            first, _, last = str(port.get("published") or "").partition("-")
            if first:
                numbers = range(int(first), int(last or first) + 1)
                found |= {(str(number), port.get("protocol", "tcp")) for number in numbers}
    return found


def holds(case: Case) -> None:
    """See that nothing is shared that must not be."""
    main = case.model(case.main)
    decided = json.loads(case.sh(sys.executable, "-m", "worktree_tasks", "plan", "b9", "--json"))["services"]
    shared = {one["name"] for one in decided if one["role"] == "shared"}
    models = [case.model(tree) for tree in case.trees]
    taken = published(main)
    names = {main["name"]}
    for tree, model in zip(case.trees, models, strict=True):
        assert model["name"] not in names
        names.add(model["name"])
        assert not shared & set(model["services"]), "a shared service is active"
        ports = published(model)
        assert not ports & taken, "a port is published twice"
        taken |= ports
        for service, spec in model["services"].items():
            assert "container_name" not in spec, service
            for mount in spec.get("volumes") or ():
                if mount["type"] == "bind" and Path(mount["source"]).is_relative_to(case.main.parent):
                    assert Path(mount["source"]).is_relative_to(tree), "a mount is another checkout's"
            assert set(spec.get("networks") or {}) <= {"default"}, "a network is not the worktree's own"
            assert not any(name.startswith("traefik.") for name in spec.get("labels") or {})
        used = {m["source"] for s in model["services"].values() for m in s.get("volumes") or () if m["type"] == "volume"
                and m.get("source")}  # fmt: skip
        mains = {
            spec.get("name") for spec in (main.get("volumes") or {}).values() if not spec.get("external")
        }
        for key, spec in (model.get("volumes") or {}).items():
            assert key not in used or spec.get("external") or spec["name"] not in mains, "a volume is main's"
        assert case.sh("git", "status", "--porcelain", cwd=tree) == ""
    networks = [model["networks"]["default"]["name"] for model in models if model.get("networks")]
    assert len(set(networks)) == len(networks)
    assert case.sh("git", "status", "--porcelain") == ""


@pytest.mark.parametrize("name", PROJECTS)
def test_three_worktrees_of_a_project_share_nothing_that_they_must_not(name, tmp_path):
    case = own_project(name, tmp_path)
    case.open()
    holds(case)


@pytest.mark.parametrize("source", FOREIGN, ids=lambda path: path.name)
def test_three_worktrees_of_a_compose_file_found_elsewhere_share_nothing(source, tmp_path):
    case = foreign_project(source, tmp_path)
    case.open()
    holds(case)


def test_values_that_a_tracked_env_file_has_reach_the_containers_through_the_override(tmp_path):
    case = own_project("tracked-env", tmp_path)
    case.open()
    sites = [case.model(tree)["services"]["web"]["environment"]["SITE"] for tree in case.trees]
    ports = [case.model(tree)["services"]["web"]["ports"][0]["published"] for tree in case.trees]
    assert sites == [f"http://localhost:{port}" for port in ports]


def test_secrets_and_env_files_that_git_ignores_are_copied(tmp_path):
    case = own_project("secrets", tmp_path)
    case.open()
    for tree in case.trees:
        assert (tree / "secrets" / "token").read_text() == "x"
        port = case.model(tree)["services"]["web"]["ports"][0]["published"]
        assert (tree / "local.env").read_text() == f"URL=http://localhost:{port}\n"


def test_names_that_are_dropped_stay_reachable_as_aliases(tmp_path):
    case = own_project("pinned", tmp_path)
    case.open()
    networks = [case.model(tree)["services"]["web"]["networks"]["default"] for tree in case.trees]
    assert networks == [{"aliases": ["the_web", "webhost"]}] * 3
