"""What git and Dockerfiles tell of services: source makes own, data and configuration do not."""

from __future__ import annotations

import pytest
import yaml
from harness.projects import Project

from worktree_tasks.configuration.compose.model_parsing import parse
from worktree_tasks.configuration.compose.service_roles import decide
from worktree_tasks.configuration.settings import Settings
from worktree_tasks.git import files_of_commit, find_repository
from worktree_tasks.orchestration.steps.role_inputs import role_inputs_of


@pytest.fixture
def roles(tmp_path):
    """Return what decides on the services of a project with some files, by the names of own ones."""

    def own(text: str, files: dict[str, str]) -> dict[str, str]:
        project = Project(tmp_path.resolve() / "shop")
        project.init()
        for name, content in files.items():
            project.write(name, content)
        project.commit("Begin")
        services = yaml.safe_load(text)
        for spec in services.values():
            if "build" in spec:
                spec["build"] = {"context": str(project.path / spec["build"])}
            spec["volumes"] = [mount(project, one) for one in spec.get("volumes", ())]
        model = parse({"services": services})
        known = role_inputs_of(model, project.path)
        decided = decide(model, Settings(), project_dir=str(project.path), known=known)
        return {one.name: one.reason for one in decided if one.role == "own"}

    def mount(project: Project, entry: str) -> dict[str, str]:
        source, target = entry.split(":")
        if source.startswith("."):
            return {"type": "bind", "source": str((project.path / source).resolve()), "target": target}
        return {"type": "volume", "source": source, "target": target}

    return own


def test_a_folder_that_git_does_not_have_or_that_only_configures_makes_nothing_own(roles):
    text = """
    web: {image: "registry.example/forum:5", volumes: ["./uploads:/srv/uploads"]}
    live: {image: "registry.example/forum-live:5"}
    jobs: {image: "registry.example/forum:5", volumes: ["./uploads:/srv/uploads"]}
    flow: {image: temporalio/auto-setup, volumes: ["./flow.d:/etc/temporal"]}
    vectors: {image: infinity, volumes: ["./vectors.toml:/infinity.toml", "vectors:/var/infinity"]}
    """
    files = {".gitignore": "uploads\n", "uploads/a.py": "", "flow.d/dev.yaml": "{}", "vectors.toml": ""}
    assert roles(text, files) == {}


def test_a_folder_of_source_makes_own_whatever_else_lies_in_it(roles):
    text = """
    theme: {image: wordpress, volumes: ["./theme:/var/www/html/wp-content/themes/mine"]}
    page: {image: nginx, volumes: ["./index.html:/usr/share/nginx/html/index.html"]}
    other: {image: nginx, volumes: ["./conf:/etc/nginx/conf.d"]}
    """
    files = {"theme/style.conf": "", "theme/inc/menu.php": "", "index.html": "", "conf/site.conf": ""}
    assert roles(text, files) == {
        "theme": "it mounts theme of the project",
        "page": "it mounts index.html of the project",
    }


def test_a_proxy_is_known_by_the_file_that_it_mounts(roles):
    text = """
    api: {build: .}
    proxy: {image: "haproxy:3", volumes: ["./proxy:/usr/local/etc/haproxy"]}
    door: {image: caddy, volumes: ["./Caddyfile:/etc/caddy/Caddyfile"]}
    stranger: {image: caddy, volumes: ["./Other:/etc/caddy/Caddyfile"]}
    """
    files = {
        "Dockerfile": "FROM scratch\n",
        "proxy/haproxy.cfg": "backend all\n  server one api:8000 check\n",
        "Caddyfile": "localhost {\n  reverse_proxy api\n}\n",
        "Other": "example.org {\n  respond `the api of all`\n}\n",
    }
    assert roles(text, files) == {
        "api": "it is built from the project",
        "proxy": "it calls api, which is built from the project",
        "door": "it calls api, which is built from the project",
    }


def test_a_server_is_known_by_what_its_dockerfile_starts_from_or_by_its_name_and_its_volume(roles):
    text = """
    web: {build: .}
    db: {build: db}
    charts: {build: charts}
    elasticsearch: {build: search, volumes: ["search:/usr/elasticsearch/data"]}
    """
    files = {
        "Dockerfile": "FROM nginx:stable\n",
        "db/Dockerfile": "FROM postgres:16 AS base\nFROM base\n",
        "charts/Dockerfile": "FROM grafana/grafana\n",
        "search/Dockerfile": "FROM debian:bookworm-slim\n",
    }
    assert roles(text, files) == {"web": "it is built from the project"}


def test_source_in_a_submodule_makes_own(roles, tmp_path):
    other = Project(tmp_path.resolve() / "other")
    other.init()
    other.write("src/run.py", "")
    other.commit("Begin")
    project = Project(tmp_path.resolve() / "shop")
    project.init()
    project.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(other.path), "inner")
    text = """
    whole: {image: runner, volumes: ["./inner:/code"]}
    part: {image: other-runner, volumes: ["./inner/src:/code"]}
    """
    assert set(roles(text, {})) == {"whole", "part"}


def test_what_a_commit_has_is_told_as_if_it_were_checked_out(tmp_path):
    project = Project(tmp_path.resolve() / "shop")
    project.init()
    project.write("README", "")
    project.commit("Begin")
    project.git("switch", "--quiet", "--create", "branch")
    files = {
        "src/app.py": "",
        "conf/site.conf": "server api;",
        "db/Dockerfile": "ARG FROM=postgres:16\nFROM ${FROM}\n",
    }
    for name, content in files.items():
        project.write(name, content)
    project.commit("More")
    binds = {"app": "src", "page": "conf"}
    services: dict[str, dict] = {
        name: {"image": "x", "volumes": [{"type": "bind", "source": f"{project.path}/{one}", "target": "/x"}]}
        for name, one in binds.items()
    }
    services["db"] = {"build": {"context": f"{project.path}/db"}}
    model = parse({"services": services})
    here = role_inputs_of(model, project.path)
    project.git("switch", "--quiet", "main")
    commit = files_of_commit(find_repository(project.path), "branch")
    for known in (here, role_inputs_of(model, project.path, commit)):
        found = [known.has_source(f"{project.path}/{one}") for one in ("src", "conf")]
        assert (found, known.texts["page"], known.bases) == (
            [True, False],
            "server api;",
            {"db": "postgres:16"},
        )
    assert not role_inputs_of(model, project.path).has_source(f"{project.path}/src")


def test_configuration_in_any_language_makes_nothing_own(roles):
    text = """
    pooler: {image: pool/er, volumes: ["./pooler.exs:/etc/pooler/pooler.exs"]}
    forge: {image: some/forge, volumes: ["./forge:/etc/forge"]}
    whole: {image: runner, volumes: [".:/etc/code"]}
    """
    files = {"pooler.exs": "", "forge/forge.rb": ""}
    assert roles(text, files) == {"whole": "it mounts the project"}


def test_the_script_of_a_health_check_makes_nothing_own(roles):
    text = """
    one:
      image: some/events:1
      volumes: ["./check.py:/opt/check.py"]
      healthcheck: {test: [CMD, python, /opt/check.py]}
    two: {image: "some/events:1"}
    runs:
      image: some/other
      command: python /opt/check.py
      volumes: ["./check.py:/opt/check.py"]
      healthcheck: {test: [CMD, python, /opt/check.py]}
    """
    assert roles(text, {"check.py": ""}) == {"runs": "it mounts check.py of the project"}
